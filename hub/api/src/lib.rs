//! HTTP, WebSocket and the Unix socket.
