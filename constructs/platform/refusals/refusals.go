// Package refusals answers, at Traefik, the requests that must not reach a pod: those of a client with too many in
// flight (429), with too large a body (413), and all of them during maintenance (503). Traefik's own middlewares
// buffer a stream to limit a body, and give no Retry-After with a refused request in flight. It also answers, on a route
// of its own, the probe that a starting Traefik passes once it has its routes.
package refusals

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
)

// Config is what a Middleware of this kind may set; zero leaves a limit out.
type Config struct {
	// InFlight is the number of requests, open streams among them, that one client address may have at a time.
	InFlight int `json:"inFlight,omitempty"`
	// MaxBodyBytes is the size at which a request's body is refused.
	MaxBodyBytes int64 `json:"maxBodyBytes,omitempty"`
	// RetryAfterSeconds is what a refused client is told to wait.
	RetryAfterSeconds int `json:"retryAfterSeconds,omitempty"`
	// Maintenance is what every request is answered with, if there is anything: a page or plain text.
	Maintenance string `json:"maintenance,omitempty"`
	// Ready answers every request with 200: without its routes, Traefik answers 404 instead.
	Ready bool `json:"ready,omitempty"`
}

// CreateConfig is called by Traefik for the defaults.
func CreateConfig() *Config {
	return &Config{RetryAfterSeconds: 1}
}

// Open requests by middleware and client address. They are counted here and not in a handler, since Traefik makes new
// handlers whenever any route or pod changes, while the requests of the old ones go on.
var (
	mutex sync.Mutex
	open  = map[string]int{}
)

type refusals struct {
	next   http.Handler
	config *Config
	name   string
}

// New is called by Traefik for each router, again at each change of its configuration. Routers of one middleware share
// its limit.
func New(_ context.Context, next http.Handler, config *Config, name string) (http.Handler, error) {
	if config.InFlight < 0 || config.MaxBodyBytes < 0 || config.RetryAfterSeconds < 1 {
		return nil, fmt.Errorf("%s: inFlight and maxBodyBytes must not be negative, retryAfterSeconds at least 1", name)
	}
	return &refusals{next: next, config: config, name: name}, nil
}

func (r *refusals) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	if r.config.Ready {
		rw.WriteHeader(http.StatusOK)
		return
	}
	if r.config.Maintenance != "" {
		r.refuse(rw, http.StatusServiceUnavailable, r.config.Maintenance)
		return
	}
	if r.config.MaxBodyBytes > 0 {
		if req.ContentLength > r.config.MaxBodyBytes {
			http.Error(rw, "the request is too large", http.StatusRequestEntityTooLarge)
			return
		}
		// A body of unknown length ends in an error once it is too long; nothing is kept of it.
		req.Body = http.MaxBytesReader(rw, req.Body, r.config.MaxBodyBytes)
	}
	if r.config.InFlight > 0 {
		client, _, err := net.SplitHostPort(req.RemoteAddr)
		if err != nil {
			client = req.RemoteAddr
		}
		place := r.name + " " + client
		if !r.enter(place) {
			r.refuse(rw, http.StatusTooManyRequests, "too many requests at the same time\n")
			return
		}
		defer leave(place)
	}
	r.next.ServeHTTP(rw, req)
}

func (r *refusals) refuse(rw http.ResponseWriter, status int, body string) {
	rw.Header().Set("Content-Type", http.DetectContentType([]byte(body)))
	rw.Header().Set("Cache-Control", "no-store")
	rw.Header().Set("Retry-After", strconv.Itoa(r.config.RetryAfterSeconds))
	rw.WriteHeader(status)
	_, _ = rw.Write([]byte(body))
}

func (r *refusals) enter(place string) bool {
	mutex.Lock()
	defer mutex.Unlock()
	if open[place] >= r.config.InFlight {
		return false
	}
	open[place]++
	return true
}

func leave(place string) {
	mutex.Lock()
	defer mutex.Unlock()
	open[place]--
	if open[place] == 0 {
		delete(open, place)
	}
}
