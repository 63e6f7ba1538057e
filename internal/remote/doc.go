// Package remote speaks the protocols of the subresources that are no documents:
// the channels of exec, over a WebSocket, and the SPDY streams of port forwards,
// inside of one.
//
// See https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets.
package remote
