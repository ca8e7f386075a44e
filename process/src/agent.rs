//! What a program calls itself where it asks a Kubernetes API: a cluster's audit log then tells who of those that act under
//! an identity did something.

use kube::{Client, Config};

/// A client that says who it is: `NAME/VERSION`, as HTTP has it.
///
/// # Errors
/// When the configuration cannot be used.
pub fn client(mut config: Config, name: &'static str) -> kube::Result<Client> {
    let agent = format!("{name}/{}", env!("CARGO_PKG_VERSION"));
    if let Ok(agent) = agent.parse() {
        config.headers.push((http::header::USER_AGENT, agent));
    }
    Client::try_from(config)
}
