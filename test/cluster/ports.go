package cluster

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports are taken from below those that systems hand to outgoing connections. A server
// that is killed and started again must find its port free, and an outgoing connection
// could have got it meanwhile.
const lowestPort, highestPort = 10000, 29999

// freePort finds a loopback port by binding it. Somebody else may bind it before its
// server does, so that whoever asks must be ready to ask again.
func freePort() (int, error) {
	for range 100 {
		port := lowestPort + rand.IntN(highestPort-lowestPort+1)
		listener, err := net.Listen("tcp", loopback(port))
		if err == nil {
			return port, listener.Close()
		}
	}
	return 0, errors.New("no free loopback port found")
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
