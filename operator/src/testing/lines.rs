//! Lines of the log, as the operator writes them.

use std::{
    io,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::{filter::LevelFilter, prelude::*};

use crate::{options::LogFormat, telemetry};

/// All that is logged by this test from now on.
pub struct Lines {
    text: Text,
    _listening: DefaultGuard,
}

#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl io::Write for Text {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// Begins to listen.
    pub fn listen() -> Self {
        let text = Text::default();
        let writer = text.clone();
        let lines = telemetry::lines(LogFormat::Json, move || writer.clone());
        let listening = tracing_subscriber::registry().with(lines).with(LevelFilter::INFO).set_default();
        Self { text, _listening: listening }
    }

    /// Lines that say `words`, each with what its spans say.
    pub fn saying(&self, words: &str) -> Vec<Value> {
        let text = String::from_utf8(self.text.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines().filter(|line| line.contains(words)).map(|line| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            let spans = line["spans"].take();
            for (key, value) in spans.as_array().into_iter().flatten().filter_map(Value::as_object).flatten()
            {
                if line[key].is_null() {
                    line[key] = value.clone();
                }
            }
            line
        });
        lines.collect()
    }
}
