package refusals

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

func edge(t *testing.T, config *Config, next http.HandlerFunc) *httptest.Server {
	t.Helper()
	handler, err := New(context.Background(), next, config, "test")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

func answer(t *testing.T, response *http.Response, err error) (int, string, http.Header) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(body), response.Header
}

func TestOneTooManyInFlightIsToldWhenToComeBack(t *testing.T) {
	began, end := make(chan bool), make(chan bool)
	server := edge(t, &Config{InFlight: 1, RetryAfterSeconds: 5}, func(http.ResponseWriter, *http.Request) {
		began <- true
		<-end
	})
	done := make(chan int)
	first := func() {
		response, err := http.Get(server.URL)
		status, _, _ := answer(t, response, err)
		done <- status
	}
	go first()
	<-began
	response, err := http.Get(server.URL)
	status, _, header := answer(t, response, err)
	if status != http.StatusTooManyRequests || header.Get("Retry-After") != "5" {
		t.Errorf("got %d, Retry-After %q", status, header.Get("Retry-After"))
	}
	end <- true
	if status := <-done; status != http.StatusOK {
		t.Errorf("the first got %d", status)
	}
	// Its place is free again.
	go first()
	<-began
	end <- true
	if status := <-done; status != http.StatusOK {
		t.Errorf("the next got %d", status)
	}
}

func TestOneClientDoesNotTakeAnothersPlace(t *testing.T) {
	one, two := []count{{"192.0.2.1", 1}}, []count{{"192.0.2.2", 1}}
	enter(one)
	if !enter(two) || enter(one) {
		t.Error("places are not counted by client")
	}
	leave(one)
	leave(two)
	if len(open) != 0 {
		t.Errorf("clients without a request are kept: %v", open)
	}
}

func TestWhatIsInFlightStillCountsAfterAReload(t *testing.T) {
	began, end := make(chan bool), make(chan bool)
	next := func(_ http.ResponseWriter, request *http.Request) {
		if request.URL.Path == "/stream" {
			began <- true
			<-end
		}
	}
	config := &Config{InFlight: 1, RetryAfterSeconds: 1}
	before := edge(t, config, next)
	done := make(chan int)
	go func() {
		response, err := http.Get(before.URL + "/stream")
		status, _, _ := answer(t, response, err)
		done <- status
	}()
	<-began
	// On a change, Traefik creates a new handler of the same name, and sends everything to it from then on.
	after := edge(t, config, next)
	get := func(server *httptest.Server) int {
		response, err := http.Get(server.URL)
		status, _, _ := answer(t, response, err)
		return status
	}
	if status := get(after); status != http.StatusTooManyRequests {
		t.Errorf("while the stream goes on, got %d", status)
	}
	end <- true
	if status := <-done; status != http.StatusOK {
		t.Errorf("the stream got %d", status)
	}
	if status := get(after); status != http.StatusOK {
		t.Errorf("once it has ended, got %d", status)
	}
}

func TestOneMiddlewareDoesNotTakeAnothersPlace(t *testing.T) {
	began, end := make(chan bool), make(chan bool)
	config := &Config{InFlight: 1, RetryAfterSeconds: 1}
	api := edge(t, config, func(http.ResponseWriter, *http.Request) {
		began <- true
		<-end
	})
	done := make(chan bool)
	go func() {
		response, err := http.Get(api.URL)
		answer(t, response, err)
		close(done)
	}()
	<-began
	pages, err := New(context.Background(), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), config, "pages")
	if err != nil {
		t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.RemoteAddr = "127.0.0.1:40000"
	pages.ServeHTTP(recorder, request)
	if recorder.Code != http.StatusOK {
		t.Errorf("got %d", recorder.Code)
	}
	end <- true
	<-done
}

func TestAReadyRouteAnswersByItself(t *testing.T) {
	server := edge(t, &Config{Ready: true, RetryAfterSeconds: 1}, func(http.ResponseWriter, *http.Request) {
		t.Error("a request went through")
	})
	response, err := http.Get(server.URL)
	if status, _, _ := answer(t, response, err); status != http.StatusOK {
		t.Errorf("got %d", status)
	}
}

func TestAnOfficeBehindOneAddressIsCountedBySession(t *testing.T) {
	began, end := make(chan bool, 9), make(chan bool)
	server := edge(t, &Config{InFlight: 4, SessionInFlight: 2, RetryAfterSeconds: 1}, func(http.ResponseWriter, *http.Request) {
		began <- true
		<-end
	})
	ask := func(header, value string) *http.Response {
		request, _ := http.NewRequest(http.MethodGet, server.URL, nil)
		if header != "" {
			request.Header.Set(header, value)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Error(err)
			return nil
		}
		response.Body.Close()
		return response
	}
	var open sync.WaitGroup
	hold := func(header, value string) {
		open.Add(1)
		go func() {
			defer open.Done()
			if response := ask(header, value); response != nil && response.StatusCode != http.StatusOK {
				t.Errorf("%s %s got %d", header, value, response.StatusCode)
			}
		}()
		<-began
	}
	refused := func(why, header, value string) {
		if response := ask(header, value); response != nil && response.StatusCode != http.StatusTooManyRequests {
			t.Errorf("%s: got %d", why, response.StatusCode)
		}
	}
	hold("Authorization", "Bearer one")
	hold("Authorization", "Bearer one")
	refused("a third of one session", "Authorization", "Bearer one")
	// A refused request doesn't count for its address.
	hold("Cookie", "theme=dark; sb-project-auth-token.0=two")
	hold("", "")
	refused("a fifth of one address, whatever its session", "Authorization", "Bearer three")
	close(end)
	open.Wait()
}

func TestTheSameKeyFromTwoAddressesIsTwoSessions(t *testing.T) {
	began, end := make(chan bool, 2), make(chan bool)
	limits := &Config{InFlight: 9, SessionInFlight: 1, RetryAfterSeconds: 1, ClientHeader: "X-Client"}
	server := edge(t, limits, func(http.ResponseWriter, *http.Request) {
		began <- true
		<-end
	})
	ask := func(client string) int {
		request, _ := http.NewRequest(http.MethodGet, server.URL, nil)
		request.Header.Set("X-Client", client)
		request.Header.Set("Authorization", "Bearer public")
		response, err := http.DefaultClient.Do(request)
		status, _, _ := answer(t, response, err)
		return status
	}
	var open sync.WaitGroup
	for _, client := range []string{"192.0.2.1", "192.0.2.2"} {
		open.Add(1)
		go func() {
			defer open.Done()
			if status := ask(client); status != http.StatusOK {
				began <- false
				t.Errorf("%s got %d", client, status)
			}
		}()
		<-began
	}
	if status := ask("192.0.2.1"); status != http.StatusTooManyRequests {
		t.Errorf("a second of one address got %d", status)
	}
	close(end)
	open.Wait()
}

func TestABodyThatStandsStillIsCutAndOneThatMovesIsNot(t *testing.T) {
	cut := make(chan bool, 1)
	server := edge(t, &Config{StallSeconds: 1, RetryAfterSeconds: 1}, func(rw http.ResponseWriter, request *http.Request) {
		go func() { _, _ = io.Copy(io.Discard, request.Body) }()
		select {
		case <-request.Context().Done():
			cut <- true
		case <-time.After(2500 * time.Millisecond):
			cut <- false
		}
	})
	send := func(pauses ...time.Duration) bool {
		reader, writer := io.Pipe()
		go func() {
			for _, pause := range pauses {
				_, _ = writer.Write([]byte("some"))
				time.Sleep(pause)
			}
			writer.Close()
		}()
		if response, err := http.Post(server.URL, "text/plain", reader); err == nil {
			response.Body.Close()
		}
		return <-cut
	}
	slow := 600 * time.Millisecond
	if send(slow, slow, slow) {
		t.Error("a slow one was cut")
	}
	if !send(3 * time.Second) {
		t.Error("one that stood still was not cut")
	}
	// The response comes after the end of the body, and may take longer.
	if send() {
		t.Error("one without a body was cut")
	}
}

// Traefik's proxy is Go's, which waits for a read of the body that it has begun, whatever happened to the request; and its retry
// closes the body.
func TestABodyThatStandsStillFreesItsPlaceAndTellsItsClient(t *testing.T) {
	pod := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		_, _ = io.Copy(io.Discard, request.Body)
	}))
	t.Cleanup(pod.Close)
	to, _ := url.Parse(pod.URL)
	failed := make(chan error, 2)
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ErrorHandler = func(rw http.ResponseWriter, _ *http.Request, err error) {
		failed <- err
		rw.WriteHeader(499)
	}
	retry := http.HandlerFunc(func(rw http.ResponseWriter, request *http.Request) {
		body := request.Body
		defer body.Close()
		request.Body = io.NopCloser(body)
		proxy.ServeHTTP(rw, request)
	})
	for _, http2 := range []bool{true, false} {
		config := &Config{InFlight: 1, StallSeconds: 1, RetryAfterSeconds: 5}
		handler, err := New(context.Background(), retry, config, fmt.Sprint(t.Name(), http2))
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewUnstartedServer(handler)
		server.EnableHTTP2 = http2
		server.StartTLS()
		reader, writer := io.Pipe()
		t.Cleanup(func() {
			writer.Close()
			server.Close()
		})
		told := make(chan bool, 1)
		go func() { _, _ = writer.Write([]byte("some")) }()
		go func() {
			if response, err := server.Client().Post(server.URL, "text/plain", reader); err == nil {
				response.Body.Close()
			}
			told <- true
		}()
		select {
		case <-told:
		case <-time.After(2500 * time.Millisecond):
			// Over HTTP/1.1, the server waits for the body.
			if http2 {
				t.Error("its client still waits")
			}
		}
		response, err := server.Client().Get(server.URL)
		if status, _, _ := answer(t, response, err); status != http.StatusOK {
			t.Errorf("with HTTP/2 %t, the next request got %d", http2, status)
		}
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("with HTTP/2 %t, it counts as a failure of the product: %v", http2, err)
		}
	}
}

// Traefik interprets the plugin with Yaegi, which keeps the channels of a select in one place for all goroutines that run it: of
// uploads at the same time, one would get another's read, or wait forever. Compiled, as here, nothing of that shows.
func TestNoSelectIsInterpreted(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "refusals.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(node ast.Node) bool {
		if _, ok := node.(*ast.SelectStmt); ok {
			t.Error("refusals.go has a select")
		}
		return true
	})
}

func TestBodiesAtTheSameTimeArriveWhole(t *testing.T) {
	server := edge(t, &Config{StallSeconds: 5, RetryAfterSeconds: 1}, func(rw http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		_, _ = rw.Write(body)
	})
	var sent sync.WaitGroup
	for each := range 8 {
		sent.Add(1)
		go func() {
			defer sent.Done()
			body := strings.Repeat(fmt.Sprint(each), 200_000)
			response, err := http.Post(server.URL, "text/plain", strings.NewReader(body))
			if status, got, _ := answer(t, response, err); status != http.StatusOK || got != body {
				t.Errorf("got %d, and %d of %d bytes", status, len(got), len(body))
			}
		}()
	}
	sent.Wait()
}

func TestALargeBodyIsRefusedWhetherItsLengthIsToldOrNot(t *testing.T) {
	var read int64
	var failed error
	server := edge(t, &Config{MaxBodyBytes: 10, RetryAfterSeconds: 1}, func(_ http.ResponseWriter, request *http.Request) {
		read, failed = io.Copy(io.Discard, request.Body)
	})
	post := func(body io.Reader) int {
		response, err := http.Post(server.URL, "text/plain", body)
		status, _, _ := answer(t, response, err)
		return status
	}
	if status := post(strings.NewReader("ten bytes.")); status != http.StatusOK || read != 10 {
		t.Errorf("one that fits got %d, and %d bytes went through", status, read)
	}
	read = 0
	if status := post(strings.NewReader("eleven byte")); status != http.StatusRequestEntityTooLarge || read != 0 {
		t.Errorf("one that is too large got %d, and %d bytes went through", status, read)
	}
	// A body of unknown length is sent in chunks.
	post(io.MultiReader(strings.NewReader("eleven "), strings.NewReader("byte")))
	if failed == nil || read > 10 {
		t.Errorf("of a body of unknown length %d bytes went through, error %v", read, failed)
	}
}

func TestAStreamComesAsItGoes(t *testing.T) {
	server := edge(t, &Config{InFlight: 5, MaxBodyBytes: 10, RetryAfterSeconds: 1}, func(rw http.ResponseWriter, request *http.Request) {
		_, _ = rw.Write([]byte("data: 1\n\n"))
		rw.(http.Flusher).Flush()
		<-request.Context().Done()
	})
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	request, _ := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	event := make([]byte, 9)
	if _, err := io.ReadFull(response.Body, event); err != nil || string(event) != "data: 1\n\n" {
		t.Errorf("got %q, %v", event, err)
	}
}

func TestMaintenanceAnswersInsteadOfThePod(t *testing.T) {
	for body, kind := range map[string]string{
		"<!doctype html><title>wbot</title>": "text/html; charset=utf-8",
		"back soon":                          "text/plain; charset=utf-8",
	} {
		server := edge(t, &Config{Maintenance: body, RetryAfterSeconds: 600}, func(http.ResponseWriter, *http.Request) {
			t.Error("a request went through")
		})
		response, err := http.Get(server.URL)
		status, got, header := answer(t, response, err)
		if status != http.StatusServiceUnavailable || got != body || header.Get("Retry-After") != "600" || header.Get("Content-Type") != kind {
			t.Errorf("got %d %q %v", status, got, header)
		}
	}
}

func TestLimitsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, config := range []Config{{InFlight: -1, RetryAfterSeconds: 1}, {SessionInFlight: -1, RetryAfterSeconds: 1}, {MaxBodyBytes: -1, RetryAfterSeconds: 1}, {StallSeconds: -1, RetryAfterSeconds: 1}, {}} {
		if _, err := New(context.Background(), nil, &config, "test"); err == nil {
			t.Errorf("%+v is taken", config)
		}
	}
}

const client = "X-Counts-For"

// behind builds a chain like the product's routes have: one middleware that identifies the client, then one that allows
// each client one request in flight. It responds with the headers that a pod gets; a request for /wait is held until `end`.
func behind(t *testing.T, trusted ...string) (ask func(path, peer, forwarded string) (int, http.Header), end func()) {
	t.Helper()
	wait := make(chan bool)
	limit, err := New(context.Background(), http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		for name, values := range req.Header {
			rw.Header()[name] = values
		}
		if req.URL.Path == "/wait" {
			<-wait
		}
	}), &Config{InFlight: 1, RetryAfterSeconds: 1, ClientHeader: client}, t.Name())
	if err != nil {
		t.Fatal(err)
	}
	edge, err := New(context.Background(), limit, &Config{RetryAfterSeconds: 1, TrustedProxies: trusted, ClientHeader: client}, "client")
	if err != nil {
		t.Fatal(err)
	}
	return func(path, peer, forwarded string) (int, http.Header) {
		req := httptest.NewRequest(http.MethodGet, "https://chat.example.com"+path, nil)
		req.RemoteAddr = peer
		if forwarded != "" {
			req.Header.Set("X-Forwarded-For", forwarded)
		}
		req.Header.Set(client, "forged")
		req.Header.Set("X-Real-Ip", "forged")
		req.Header.Set("X-Forwarded-Host", "forged.example.com")
		req.Header.Set("X-Forwarded-Prefix", "/forged")
		rw := httptest.NewRecorder()
		edge.ServeHTTP(rw, req)
		return rw.Code, rw.Header()
	}, func() { close(wait) }
}

func TestFindsTheClientBehindTrustedProxiesOnly(t *testing.T) {
	ask, _ := behind(t, "192.0.2.0/24", "10.0.0.0/8")
	for _, each := range []struct{ why, peer, forwarded, address, countsFor string }{
		{"a trusted proxy says who it is", "192.0.2.7:1", "198.51.100.1", "198.51.100.1", "198.51.100.1"},
		{"what a client puts before is its own invention", "192.0.2.7:1", "203.0.113.9, 198.51.100.1", "198.51.100.1", "198.51.100.1"},
		{"a second trusted proxy is passed over", "192.0.2.7:1", "198.51.100.1, 10.1.2.3", "198.51.100.1", "198.51.100.1"},
		{"anybody else's header changes nothing", "203.0.113.9:1", "198.51.100.1", "203.0.113.9", "203.0.113.9"},
		{"without a header, it is the proxy itself", "192.0.2.7:1", "", "192.0.2.7", "192.0.2.7"},
		{"what is no address ends the search", "192.0.2.7:1", "198.51.100.1, unknown", "192.0.2.7", "192.0.2.7"},
		{"an IPv6 client counts for its network", "192.0.2.7:1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
	} {
		_, got := ask("/", each.peer, each.forwarded)
		forwarded := each.address
		if strings.HasPrefix(each.peer, forwarded+":") {
			// Traefik itself appends the peer.
			forwarded = ""
		}
		if got.Get("X-Real-Ip") != each.address || got.Get("X-Forwarded-For") != forwarded || got.Get(client) != each.countsFor {
			t.Errorf("%s: got %q, %q and %q", each.why, got.Get("X-Real-Ip"), got.Get("X-Forwarded-For"), got.Get(client))
		}
		if got.Get("X-Forwarded-Host") != "chat.example.com" || got.Get("X-Forwarded-Proto") != "https" || got.Get("X-Forwarded-Prefix") != "" {
			t.Errorf("%s: the pod gets what was forged: %v", each.why, got)
		}
	}
}

func TestTwoClientsBehindOneProxyHaveTwoBudgets(t *testing.T) {
	ask, end := behind(t, "192.0.2.0/24")
	done := make(chan int)
	go func() {
		status, _ := ask("/wait", "192.0.2.7:1", "198.51.100.1")
		done <- status
	}()
	full := func() bool {
		mutex.Lock()
		defer mutex.Unlock()
		return open[t.Name()+" 198.51.100.1"] == 1
	}
	for !full() {
		time.Sleep(time.Millisecond)
	}
	if status, _ := ask("/", "192.0.2.7:2", "198.51.100.1"); status != http.StatusTooManyRequests {
		t.Errorf("the same client got %d", status)
	}
	if status, _ := ask("/", "192.0.2.7:3", "198.51.100.2"); status != http.StatusOK {
		t.Errorf("another client got %d", status)
	}
	// From elsewhere, the same header is a forgery.
	if status, _ := ask("/", "203.0.113.9:1", "198.51.100.1"); status != http.StatusOK {
		t.Errorf("somebody else got %d", status)
	}
	end()
	if status := <-done; status != http.StatusOK {
		t.Errorf("the first got %d", status)
	}
}

func TestTrustsNoRangeThatItCannotRead(t *testing.T) {
	for _, config := range []*Config{
		{RetryAfterSeconds: 1, ClientHeader: client, TrustedProxies: []string{"cloudfront"}},
		{RetryAfterSeconds: 1, TrustedProxies: []string{"192.0.2.0/24"}},
	} {
		if _, err := New(context.Background(), nil, config, "test"); err == nil {
			t.Errorf("accepts %v", config)
		}
	}
}

func TestATryAfterTheFirstIsNotTiedToItsPod(t *testing.T) {
	seen := []string{}
	pod := func(_ http.ResponseWriter, request *http.Request) {
		seen = append(seen, request.Header.Get("Cookie"))
	}
	untied, err := New(context.Background(), http.HandlerFunc(pod), &Config{StickyCookie: "pod", RetryAfterSeconds: 1}, "untied")
	if err != nil {
		t.Fatal(err)
	}
	// Like Traefik's retry: each try has its own headers.
	server := edge(t, &Config{InFlight: 1, RetryAfterSeconds: 1}, func(rw http.ResponseWriter, request *http.Request) {
		for try := 0; try < 3; try++ {
			untied.ServeHTTP(rw, request.Clone(request.Context()))
		}
	})
	for _, cookie := range []string{"a=1; pod=x; podium=2; sb-t=\"q\"", "pod=x"} {
		request, _ := http.NewRequest(http.MethodGet, server.URL, nil)
		request.Header.Set("Cookie", cookie)
		response, err := http.DefaultClient.Do(request)
		answer(t, response, err)
	}
	rest := "a=1; podium=2; sb-t=\"q\""
	want := []string{"a=1; pod=x; podium=2; sb-t=\"q\"", rest, rest, "pod=x", "", ""}
	if strings.Join(seen, "|") != strings.Join(want, "|") {
		t.Errorf("got %q", seen)
	}
}
