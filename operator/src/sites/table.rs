//! Rows of one watched kind, kept from watch events. A relisting replaces all of them at once.

use std::collections::{BTreeMap, HashMap};

use kube::runtime::watcher::Event;

/// Rows of one watched kind, by namespace and name.
#[derive(Debug)]
pub struct Table<T> {
    rows: HashMap<String, BTreeMap<String, T>>,
    incoming: Option<HashMap<String, BTreeMap<String, T>>>,
    filled: bool,
    events: u64,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: HashMap::new(), incoming: None, filled: false, events: 0 }
    }
}

/// A watch event reduced to a row.
pub type Row<T> = Event<(String, String, T)>;

impl<T: Clone> Table<T> {
    /// Takes an event; returns what was there before for each row that changed or went, with whether it is
    /// there still.
    pub fn take(&mut self, event: Row<T>) -> Vec<(T, bool)> {
        self.events += 1;
        match event {
            Event::Apply((namespace, name, row)) => {
                self.rows.entry(namespace).or_default().insert(name, row.clone());
                vec![(row, true)]
            }
            Event::Delete((namespace, name, row)) => {
                if let Some(rows) = self.rows.get_mut(&namespace) {
                    rows.remove(&name);
                    if rows.is_empty() {
                        self.rows.remove(&namespace);
                    }
                }
                vec![(row, false)]
            }
            Event::Init => {
                self.incoming = Some(HashMap::new());
                Vec::new()
            }
            Event::InitApply((namespace, name, row)) => {
                self.incoming.get_or_insert_default().entry(namespace).or_default().insert(name, row);
                Vec::new()
            }
            Event::InitDone => {
                let after = self.incoming.take().unwrap_or_default();
                let before = std::mem::replace(&mut self.rows, after);
                self.filled = true;
                let gone = before.iter().flat_map(|(namespace, rows)| {
                    let kept = self.rows.get(namespace);
                    rows.iter().filter(move |(name, _)| kept.is_none_or(|k| !k.contains_key(*name)))
                });
                let gone: Vec<_> = gone.map(|(_, row)| (row.clone(), false)).collect();
                gone.into_iter().chain(self.all().map(|row| (row.clone(), true))).collect()
            }
        }
    }

    /// Takes an event; returns each row that is new, went, or was another before, both as it was and as it is.
    pub fn take_news(&mut self, event: Row<T>) -> Vec<T>
    where
        T: PartialEq,
    {
        let before = match &event {
            Event::Apply((namespace, name, _)) => self.get(namespace, name).cloned(),
            _ => None,
        };
        let mut changed: Vec<T> = self.take(event).into_iter().map(|(row, _)| row).collect();
        if let Some(before) = before {
            if changed.first() == Some(&before) {
                return Vec::new();
            }
            changed.push(before);
        }
        changed
    }

    /// One row.
    pub fn get(&self, namespace: &str, name: &str) -> Option<&T> {
        self.rows.get(namespace)?.get(name)
    }

    /// Rows of a namespace.
    pub fn of(&self, namespace: &str) -> impl Iterator<Item = &T> {
        self.rows.get(namespace).into_iter().flat_map(BTreeMap::values)
    }

    /// Every row.
    pub fn all(&self) -> impl Iterator<Item = &T> {
        self.rows.values().flat_map(BTreeMap::values)
    }

    /// How many events it took: while there are no more, it says what it said.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Whether it was listed once.
    pub fn filled(&self) -> bool {
        self.filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, value: u8) -> (String, String, u8) {
        ("ns".into(), name.into(), value)
    }

    #[test]
    fn a_relisting_replaces_all_and_tells_what_went() {
        let mut table = Table::default();
        assert!(!table.filled());
        for event in
            [Event::Init, Event::InitApply(row("a", 1)), Event::InitApply(row("b", 2)), Event::InitDone]
        {
            table.take(event);
        }
        assert!(table.filled());
        table.take(Event::Apply(row("c", 3)));
        table.take(Event::Init);
        table.take(Event::InitApply(row("b", 4)));
        assert_eq!(
            table.of("ns").copied().collect::<Vec<_>>(),
            [1, 2, 3],
            "kept until the relisting is whole"
        );
        let mut told = table.take(Event::InitDone);
        told.sort_unstable();
        assert_eq!(told, [(1, false), (3, false), (4, true)]);
        assert_eq!(table.all().copied().collect::<Vec<_>>(), [4]);
    }

    #[test]
    fn what_is_as_it_was_is_no_news() {
        let mut table = Table::default();
        assert_eq!(table.take_news(Event::Apply(row("a", 1))), [1]);
        assert!(table.take_news(Event::Apply(row("a", 1))).is_empty());
        assert_eq!(table.take_news(Event::Apply(row("a", 2))), [2, 1]);
        assert_eq!(table.take_news(Event::Delete(row("a", 2))), [2]);
    }
}
