//! A DNS server of the tests' own on loopback: names with their TXT records, changed at will; it can fail, or be silent.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Result;
use tokio::{net::UdpSocket, task::JoinHandle};

/// How it answers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Mood {
    /// As it should.
    #[default]
    Well,
    /// With `SERVFAIL`.
    Failing,
    /// Not at all.
    Silent,
}

#[derive(Debug, Default)]
struct Zone {
    records: BTreeMap<String, Vec<String>>,
    mood: Mood,
    asked: u64,
}

/// A running server; dropped, it ends.
#[derive(Debug)]
pub struct Dns {
    address: SocketAddr,
    zone: Arc<Mutex<Zone>>,
    task: JoinHandle<()>,
}

impl Drop for Dns {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Dns {
    /// Starts it with nothing in it.
    ///
    /// # Errors
    /// When there is no port for it.
    pub async fn start() -> Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        let (address, zone) = (socket.local_addr()?, Arc::<Mutex<Zone>>::default());
        let answering = zone.clone();
        let task = tokio::spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                if let Some(answer) = answer(&buffer[..length], &answering) {
                    let _ = socket.send_to(&answer, from).await;
                }
            }
        });
        Ok(Self { address, zone, task })
    }

    /// Where it is, as `--resolver` takes it.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// A name has these TXT records from now on; none: there is no such name.
    pub fn set(&self, name: &str, values: &[&str]) {
        let values = values.iter().map(ToString::to_string).collect();
        self.zone(|zone| zone.records.insert(name.to_owned(), values));
    }

    /// How it answers from now on.
    pub fn is(&self, mood: Mood) {
        self.zone(|zone| zone.mood = mood);
    }

    /// How often it was asked.
    pub fn asked(&self) -> u64 {
        self.zone(|zone| zone.asked)
    }

    fn zone<T>(&self, act: impl FnOnce(&mut Zone) -> T) -> T {
        act(&mut self.zone.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The answer to a query of one question (RFC 1035, 4).
fn answer(query: &[u8], zone: &Mutex<Zone>) -> Option<Vec<u8>> {
    const TXT: [u8; 2] = [0, 16];
    let mut zone = zone.lock().unwrap_or_else(PoisonError::into_inner);
    zone.asked += 1;
    let (mut labels, mut at) = (Vec::new(), 12);
    loop {
        let length = usize::from(*query.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(query.get(at..at + length)?).to_lowercase());
        at += length;
    }
    let (kind, end) = (query.get(at..at + 2)?, at + 4);
    let values = zone.records.get(&labels.join(".")).filter(|values| !values.is_empty());
    let code = match zone.mood {
        Mood::Silent => return None,
        Mood::Failing => 2,
        Mood::Well if values.is_none() => 3,
        Mood::Well => 0,
    };
    let values: Vec<&String> = values.into_iter().flatten().filter(|_| code == 0 && kind == TXT).collect();
    let mut answer = query.get(..2)?.to_vec();
    answer.extend([0x81, 0x80 | code, 0, 1]);
    answer.extend(u16::try_from(values.len()).ok()?.to_be_bytes());
    answer.extend([0; 4]);
    answer.extend(query.get(12..end)?);
    for value in values {
        let text = value.as_bytes();
        // The name is that of the question; class IN, to be kept for no time.
        answer.extend([0xc0, 12, TXT[0], TXT[1], 0, 1, 0, 0, 0, 0]);
        answer.extend(u16::try_from(text.len() + 1).ok()?.to_be_bytes());
        answer.push(u8::try_from(text.len()).ok()?);
        answer.extend(text);
    }
    Some(answer)
}
