//! Connections that can be made to fail: a handler tells its own connection
//! to reset, or to end in the middle of the answer, and the socket obeys when
//! the answer is written.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// How an answer is to fail on its way.
#[derive(Clone, Debug, Default)]
enum Order {
    #[default]
    Deliver,
    Reset,
    /// Let the head and so many bytes of the body pass.
    Cut {
        body: usize,
        head: Vec<u8>,
        passed_head: bool,
    },
}

/// A handler's hold on the connection that its request came over.
#[derive(Clone, Debug, Default)]
pub(crate) struct Switch(Arc<Mutex<Order>>);

impl Switch {
    pub(crate) fn reset(&self) {
        self.set(Order::Reset);
    }

    pub(crate) fn cut(&self, body: usize) {
        self.set(Order::Cut { body, head: Vec::new(), passed_head: false });
    }

    fn set(&self, order: Order) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = order;
    }
}

impl Connected<IncomingStream<'_, Tap>> for Switch {
    fn connect_info(stream: IncomingStream<'_, Tap>) -> Self {
        stream.io().switch.clone()
    }
}

/// The listener that hands out [`Wire`]s.
#[derive(Debug)]
pub(crate) struct Tap {
    listener: TcpListener,
    stopped: Arc<AtomicBool>,
}

impl Tap {
    pub(crate) fn new(listener: TcpListener, stopped: Arc<AtomicBool>) -> Self {
        Self { listener, stopped }
    }
}

impl Listener for Tap {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "the connection stays slow");
        }
        let stopped = Arc::clone(&self.stopped);
        (Wire { stream, switch: Switch::default(), stopped }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that obeys its switch.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    switch: Switch,
    stopped: Arc<AtomicBool>,
}

impl Wire {
    fn broken(&self) -> io::Error {
        if let Err(error) = self.stream.set_zero_linger() {
            tracing::debug!(%error, "the connection closes instead of resetting");
        }
        io::ErrorKind::ConnectionReset.into()
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_ready() && self.stopped.load(Ordering::Relaxed) {
            return Poll::Ready(Err(self.broken()));
        }
        read
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let switch = self.switch.clone();
        let mut order = switch.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *order {
            Order::Deliver => Pin::new(&mut self.stream).poll_write(context, bytes),
            Order::Reset => Poll::Ready(Err(self.broken())),
            Order::Cut { body, head, passed_head } => {
                let allowed = if *passed_head {
                    (*body).min(bytes.len())
                } else {
                    allowed_with_head(head, bytes, *body)
                };
                if allowed == 0 {
                    return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
                }
                let written = Pin::new(&mut self.stream).poll_write(context, &bytes[..allowed]);
                if let Poll::Ready(Ok(count)) = written {
                    if *passed_head {
                        *body -= count;
                    } else {
                        head.extend_from_slice(&bytes[..count]);
                        if let Some(end) = end_of_head(head) {
                            *passed_head = true;
                            *body -= (head.len() - end).min(*body);
                        }
                    }
                }
                written
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

fn allowed_with_head(head: &[u8], bytes: &[u8], body: usize) -> usize {
    let all = [head, bytes].concat();
    match end_of_head(&all) {
        None => bytes.len(),
        Some(end) => (end + body).saturating_sub(head.len()).min(bytes.len()),
    }
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|it| it == b"\r\n\r\n").map(|at| at + 4)
}
