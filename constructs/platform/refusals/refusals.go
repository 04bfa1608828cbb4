// Package refusals is a Traefik middleware that rejects requests before they reach a pod: from a client with too many in
// flight (429), with too large a body (413), and all of them during maintenance (503). It cancels requests whose body stalls.
// Traefik's own middlewares buffer streams to limit a body, and send no Retry-After when they reject a request in flight. It
// also answers Traefik's startup probe on a route of its own, once the routes are loaded; lets a retry reach another pod if
// the browser's sticky one is gone; and determines by whose address a request that came through a proxy is limited.
package refusals

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Config is what a Middleware may set; zero disables a limit.
type Config struct {
	// InFlight is the number of concurrent requests, including open streams, that one client address may have.
	InFlight int `json:"inFlight,omitempty"`
	// SessionInFlight is the same for one session of that address: an Authorization header, else Supabase's cookie. Neither
	// is verified here, so InFlight still limits whoever makes them up. A request without either counts only for its address.
	SessionInFlight int `json:"sessionInFlight,omitempty"`
	// MaxBodyBytes is the largest body that is accepted.
	MaxBodyBytes int64 `json:"maxBodyBytes,omitempty"`
	// StallSeconds is how long a body may stall.
	StallSeconds int `json:"stallSeconds,omitempty"`
	// RetryAfterSeconds is the Retry-After of a rejected request.
	RetryAfterSeconds int `json:"retryAfterSeconds,omitempty"`
	// Maintenance, if set, is the response to every request: a page or plain text.
	Maintenance string `json:"maintenance,omitempty"`
	// StickyCookie is the cookie that ties a browser to a pod. For a middleware after Traefik's retry: it drops the cookie
	// from every try but the first, since with it, each would go to the same pod again.
	StickyCookie string `json:"stickyCookie,omitempty"`
	// Ready responds to every request with 200; before its routes are loaded, Traefik returns 404 instead.
	Ready bool `json:"ready,omitempty"`
	// TrustedProxies are the ranges of the proxies whose X-Forwarded-For is trusted. If set, this middleware only
	// determines the client's address, for the ones after it that limit by ClientHeader.
	TrustedProxies []string `json:"trustedProxies,omitempty"`
	// ClientHeader is the request header that names the client to count a request for. Default: the connection's peer.
	ClientHeader string `json:"clientHeader,omitempty"`
}

// CreateConfig is called by Traefik for the defaults.
func CreateConfig() *Config {
	return &Config{RetryAfterSeconds: 1}
}

// Open requests by middleware and client address, and session there. Counted globally and not per handler, since Traefik creates new
// handlers whenever any route or pod changes, while the old ones' requests continue.
var (
	mutex sync.Mutex
	open  = map[string]int{}
)

// ofRequest is the type of a request's context keys. The number of tries is in the context, since Traefik's retry gives each
// try its own headers.
type ofRequest string

const tries ofRequest = "wbot/refusals tries"

type refusals struct {
	next    http.Handler
	config  *Config
	name    string
	proxies []*net.IPNet
}

// New is called by Traefik for each router, and again on each change of its configuration. Routers with the same middleware
// share its limit.
func New(_ context.Context, next http.Handler, config *Config, name string) (http.Handler, error) {
	if config.InFlight < 0 || config.SessionInFlight < 0 || config.MaxBodyBytes < 0 || config.StallSeconds < 0 || config.RetryAfterSeconds < 1 {
		return nil, fmt.Errorf("%s: no limit may be negative, and retryAfterSeconds must be at least 1", name)
	}
	var proxies []*net.IPNet
	for _, each := range config.TrustedProxies {
		_, proxy, err := net.ParseCIDR(each)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is not a range of addresses", name, each)
		}
		proxies = append(proxies, proxy)
	}
	if len(proxies) > 0 && config.ClientHeader == "" {
		return nil, fmt.Errorf("%s: trustedProxies needs a clientHeader to write", name)
	}
	return &refusals{next: next, config: config, name: name, proxies: proxies}, nil
}

func (r *refusals) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	if r.config.Ready {
		rw.WriteHeader(http.StatusOK)
		return
	}
	if len(r.proxies) > 0 {
		r.nameClient(req)
		r.next.ServeHTTP(rw, req)
		return
	}
	if r.config.Maintenance != "" {
		r.refuse(rw, http.StatusServiceUnavailable, r.config.Maintenance)
		return
	}
	if r.config.StickyCookie != "" {
		if tried, ok := req.Context().Value(tries).(*int); ok {
			if *tried++; *tried > 1 {
				dropCookie(req.Header, r.config.StickyCookie)
			}
		}
		r.next.ServeHTTP(rw, req)
		return
	}
	if r.config.MaxBodyBytes > 0 {
		if req.ContentLength > r.config.MaxBodyBytes {
			http.Error(rw, "the request is too large", http.StatusRequestEntityTooLarge)
			return
		}
		// Reading a body of unknown length fails once it is too long; none of it is buffered.
		req.Body = http.MaxBytesReader(rw, req.Body, r.config.MaxBodyBytes)
	}
	client := peer(req)
	if r.config.ClientHeader != "" {
		client = req.Header.Get(r.config.ClientHeader)
	}
	counts := []count{{r.name + " " + client, r.config.InFlight}}
	if asking := session(req); asking != "" {
		// Of this client: signed-out pages of everybody may send the same public key.
		counts = append(counts, count{r.name + " " + client + " " + asking, r.config.SessionInFlight})
	}
	if !enter(counts) {
		r.refuse(rw, http.StatusTooManyRequests, "too many requests at the same time\n")
		return
	}
	defer leave(counts)
	req = req.WithContext(context.WithValue(req.Context(), tries, new(int)))
	if r.config.StallSeconds > 0 && req.ContentLength != 0 {
		ctx, cancel := context.WithCancel(req.Context())
		defer cancel()
		body := req.Body
		reader, writer := io.Pipe()
		req = req.WithContext(ctx)
		req.Body = &moving{body: body, patience: time.Duration(r.config.StallSeconds) * time.Second, cancel: cancel, reader: reader, writer: writer}
	}
	r.next.ServeHTTP(rw, req)
}

// peer returns the address of the connection's peer.
func peer(req *http.Request) string {
	host, _, err := net.SplitHostPort(req.RemoteAddr)
	if err != nil {
		return req.RemoteAddr
	}
	return host
}

// nameClient determines the client behind trusted proxies, and removes anything else about it from the headers: a proxy may
// pass on what its client sent.
func (r *refusals) nameClient(req *http.Request) {
	client := peer(req)
	if r.trusts(client) {
		// Each proxy appends its peer's address.
		said := strings.Split(strings.Join(req.Header.Values("X-Forwarded-For"), ","), ",")
		for at := len(said) - 1; at >= 0 && r.trusts(client); at-- {
			address := net.ParseIP(strings.TrimSpace(said[at]))
			if address == nil {
				break
			}
			client = address.String()
		}
	}
	for name := range req.Header {
		if strings.HasPrefix(name, "X-Forwarded-") {
			req.Header.Del(name)
		}
	}
	scheme, port := "http", "80"
	if req.TLS != nil {
		scheme, port = "https", "443"
	}
	// Traefik appends the connection's peer itself.
	if client != peer(req) {
		req.Header.Set("X-Forwarded-For", client)
	}
	req.Header.Set("X-Forwarded-Host", req.Host)
	req.Header.Set("X-Forwarded-Port", port)
	req.Header.Set("X-Forwarded-Proto", scheme)
	req.Header.Set("X-Real-Ip", client)
	req.Header.Set(r.config.ClientHeader, budget(client))
}

func (r *refusals) trusts(address string) bool {
	ip := net.ParseIP(address)
	if ip == nil {
		return false
	}
	for _, proxy := range r.proxies {
		if proxy.Contains(ip) {
			return true
		}
	}
	return false
}

// budget returns what a client's requests count for: its address, or for IPv6 the /64 that it may choose addresses from.
func budget(client string) string {
	ip := net.ParseIP(client)
	if ip == nil || ip.To4() != nil {
		return client
	}
	return ip.Mask(net.CIDRMask(64, 128)).String() + "/64"
}

// moving is a body that fails, and cancels its request, if a read gets nothing for a while: that frees the pod and the
// request's place, and notifies an HTTP/2 client. Canceling alone frees only the pod: Go's transport waits for the read. Over
// HTTP/1.1, the server responds only once it has read what it can, until its own timeout. Time without a read, because the
// pod is slow, doesn't count.
//
// It is read through a pipe, since a read of the body can't be interrupted. No select here: in Traefik's interpreter,
// concurrent runs of one mix up their channels.
type moving struct {
	body     io.Reader
	patience time.Duration
	cancel   func()
	reader   *io.PipeReader
	writer   *io.PipeWriter
	begun    bool
}

func (m *moving) Read(into []byte) (int, error) {
	if !m.begun {
		m.begun = true
		go m.forward()
	}
	timer := time.AfterFunc(m.patience, m.giveUp)
	defer timer.Stop()
	return m.reader.Read(into)
}

func (m *moving) forward() {
	_, err := io.Copy(m.writer, m.body)
	_ = m.writer.CloseWithError(err)
}

func (m *moving) giveUp() {
	// Whichever of the two is noticed first, Traefik answers 499, which counts as the client's doing.
	_ = m.writer.CloseWithError(context.Canceled)
	m.cancel()
}

// Close leaves the body itself to the server: closing it would wait for a read in progress.
func (m *moving) Close() error {
	return m.reader.Close()
}

// session returns the request's session; empty if it has none.
func session(req *http.Request) string {
	if authorization := req.Header.Get("Authorization"); authorization != "" {
		return "authorization " + authorization
	}
	for _, cookie := range req.Cookies() {
		if strings.HasPrefix(cookie.Name, "sb-") && strings.Contains(cookie.Name, "-auth-token") {
			return "cookie " + cookie.Value
		}
	}
	return ""
}

// dropCookie removes one cookie and keeps the others as they are.
func dropCookie(header http.Header, name string) {
	kept := []string{}
	for _, line := range header["Cookie"] {
		for _, cookie := range strings.Split(line, ";") {
			if cookie = strings.TrimSpace(cookie); !strings.HasPrefix(cookie, name+"=") {
				kept = append(kept, cookie)
			}
		}
	}
	header.Del("Cookie")
	if len(kept) > 0 {
		header.Set("Cookie", strings.Join(kept, "; "))
	}
}

func (r *refusals) refuse(rw http.ResponseWriter, status int, body string) {
	rw.Header().Set("Content-Type", http.DetectContentType([]byte(body)))
	rw.Header().Set("Cache-Control", "no-store")
	rw.Header().Set("Retry-After", strconv.Itoa(r.config.RetryAfterSeconds))
	rw.WriteHeader(status)
	_, _ = rw.Write([]byte(body))
}

// count is a counter that a request increments. A limit of zero means none.
type count struct {
	place string
	limit int
}

// enter increments every count, or none if one is at its limit.
func enter(counts []count) bool {
	mutex.Lock()
	defer mutex.Unlock()
	for _, each := range counts {
		if each.limit > 0 && open[each.place] >= each.limit {
			return false
		}
	}
	for _, each := range counts {
		open[each.place]++
	}
	return true
}

func leave(counts []count) {
	mutex.Lock()
	defer mutex.Unlock()
	for _, each := range counts {
		open[each.place]--
		if open[each.place] == 0 {
			delete(open, each.place)
		}
	}
}
