//! Ways into a world for whoever sits outside it, as someone who looks at a demo in a browser: TCP on this machine's
//! loopback → a Unix socket in a folder that both see, for namespaces of networks do not part those → TCP within.

use std::{
    collections::HashSet,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, copy_bidirectional},
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
};

use super::World;
use crate::Error;

/// Names the folder of the sockets to the program inside.
pub(super) const FOLDER: &str = "BEFFROI_DOORS";
/// How often either side looks for what the other wrote.
const LOOK: Duration = Duration::from_millis(100);
/// How long the outside may take to open.
const PATIENCE: u32 = 100;

/// Outside: opens each door that the world asks for, as long as this program runs.
pub(super) fn watch(folder: PathBuf) {
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            let mut open = HashSet::new();
            loop {
                for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                    let socket = entry.path();
                    if socket.extension().is_some_and(|is| is == "sock") && open.insert(socket.clone()) {
                        outside(socket).await;
                    }
                }
                tokio::time::sleep(LOOK).await;
            }
        });
    });
}

/// Any free port of loopback leads to that socket from now on; which one stands beside it.
async fn outside(socket: PathBuf) {
    let Ok(listener) = TcpListener::bind(("127.0.0.1", 0)).await else { return };
    let Ok(address) = listener.local_addr() else { return };
    let part = socket.with_extension("part");
    // Whoever waits reads it whole.
    if fs::write(&part, address.to_string()).and_then(|()| fs::rename(&part, at(&socket))).is_err() {
        return;
    }
    tokio::spawn(async move {
        while let Ok((visitor, _)) = listener.accept().await {
            relay(visitor, UnixStream::connect(socket.clone()));
        }
    });
}

fn at(socket: &Path) -> PathBuf {
    socket.with_extension("at")
}

/// Passes bytes both ways until one side ends.
fn relay<A, B>(mut one: A, other: impl Future<Output = std::io::Result<B>> + Send + 'static)
where
    A: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    B: AsyncRead + AsyncWrite + Unpin + Send,
{
    tokio::spawn(async move {
        if let Ok(mut other) = other.await {
            let _ = copy_bidirectional(&mut one, &mut other).await;
        }
    });
}

impl World {
    /// Opens a way from this machine's loopback to `target`, an address within; the address outside.
    ///
    /// # Errors
    /// When the socket cannot be made, or nobody outside opens.
    pub async fn open(&self, name: &str, target: SocketAddr) -> Result<SocketAddr, Error> {
        let folder = std::env::var_os(FOLDER)
            .ok_or_else(|| Error::Other(format!("{FOLDER} names no folder: nobody is outside")))?;
        let socket = Path::new(&folder).join(name).with_extension("sock");
        let listener = UnixListener::bind(&socket).map_err(Error::files("binding", &socket))?;
        tokio::spawn(async move {
            while let Ok((visitor, _)) = listener.accept().await {
                relay(visitor, TcpStream::connect(target));
            }
        });
        for _ in 0..PATIENCE {
            if let Some(address) = fs::read_to_string(at(&socket)).ok().and_then(|text| text.parse().ok()) {
                return Ok(address);
            }
            tokio::time::sleep(LOOK).await;
        }
        Err(Error::Other(format!("nobody outside opened a way to {name}")))
    }
}
