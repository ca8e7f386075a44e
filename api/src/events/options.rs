//! Options of the command line: how many streams.

/// How many streams of events may be open.
#[derive(Clone, Copy, Debug, clap::Args)]
#[group(id = "streams-options")]
pub struct StreamOptions {
    /// Streams of events that all people of one tenant may keep open.
    #[arg(long, default_value_t = 1000)]
    pub streams_tenant: usize,
    /// Streams of events that may be open in all.
    #[arg(long, default_value_t = 20_000)]
    pub streams: usize,
}
