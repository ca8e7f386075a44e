//! Everyone asks for everything: [`operations`] × [`things`] × [`people`] → what the running API answers → a table, which
//! must be the reviewed one in `matrix.txt`. `BEFFROI_WRITE_GOLDEN=1` writes it anew, to be read like code.
//!
//! Whatever the table says, three things hold: each operation of the `OpenAPI` document is asked for, and no other;
//! without a token that holds one gets 401 wherever sign-in is needed; and who may not know of an object gets, to the
//! letter, the answer of one that does not exist.

mod operations;
mod people;
mod things;

use std::{collections::BTreeSet, fmt::Write, path::PathBuf};

use anyhow::{Context, Result, bail, ensure};
use beffroi_tests::{Stage, samples};
use futures::{StreamExt, TryStreamExt, stream};
use reqwest::Client;
use serde_json::Value;

use self::{
    operations::{OPERATIONS, Operation},
    people::Person,
    things::Thing,
};

/// Requests under way at once.
const AT_ONCE: usize = 16;
const LEGEND: &str = "\
# Who may do what, as the running API answers. Lines: operation, then whose object. Columns: who asks.
# non: no token, bad: one that does not hold, vis: somebody without a role, lec, ges, dpo, heb: the four roles.
# ok: allowed, 401: sign in, 403: seen and not allowed, 404: not there, or not to be known of.
# ch-macon is a member of the grouping ght-bm. Written by BEFFROI_WRITE_GOLDEN=1; read it like code.
";

/// An answer, with all that could tell one from another.
#[derive(Debug, Eq, PartialEq)]
struct Seen {
    status: u16,
    headers: BTreeSet<String>,
    body: String,
}

/// Walks, and compares.
pub async fn is_as_agreed(stage: &Stage) -> Result<()> {
    let document: Value = serde_json::from_str(include_str!("../../../../api/openapi.json"))?;
    every_operation_is_asked_for(&document)?;
    let (things, people) = (things::made(stage).await?, people::all(stage).await?);
    let client = Client::builder().no_proxy().build()?;
    let walk = Walk { client, address: stage.api.url(), document, people };
    let mut table = LEGEND.to_owned();
    table.push_str(&walk.heading());
    let mut lines: Vec<&Operation> = OPERATIONS.iter().collect();
    lines.sort_by_key(|one| (one.route, one.method, one.asked, one.body));
    for operation in lines {
        writeln!(table, "{} {}{}", operation.method, operation.asked, of(operation))?;
        let fitting: Vec<&Thing> =
            things.iter().filter(|thing| thing.fits(|word| operation.names(word))).collect();
        let nothing = things::nothing();
        let rows = if fitting.is_empty() { vec![&nothing] } else { fitting };
        for thing in rows {
            table.push_str(&walk.line(operation, thing).await?);
        }
    }
    compare(&table)
}

/// What the body names, where that tells lines apart.
fn of(operation: &Operation) -> &'static str {
    match operation.route {
        "/v1/preview" if operation.names("WORKSPACE") => " (change of WORKSPACE)",
        "/v1/preview" => " (order of TENANT)",
        _ => "",
    }
}

fn every_operation_is_asked_for(document: &Value) -> Result<()> {
    let asked: BTreeSet<String> =
        OPERATIONS.iter().map(|one| format!("{} {}", one.method, one.route)).collect();
    let paths = document["paths"].as_object().context("no paths")?;
    let methods = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, _)| format!("{} {path}", method.to_uppercase()))
    });
    let told: BTreeSet<String> = methods.collect();
    let (new, gone) = (told.difference(&asked), asked.difference(&told));
    let (new, gone): (Vec<_>, Vec<_>) = (new.collect(), gone.collect());
    ensure!(
        new.is_empty() && gone.is_empty(),
        "operations.rs lacks {new:?}, and asks for {gone:?} that is no more"
    );
    Ok(())
}

struct Walk {
    client: Client,
    address: String,
    document: Value,
    people: Vec<Person>,
}

impl Walk {
    fn heading(&self) -> String {
        let roles: Vec<&str> = self.people.iter().map(|person| person.role).collect();
        format!("{}\n{}", self.groups(), self.row("", &roles))
    }

    /// Names of the tenants, each over its people.
    fn groups(&self) -> String {
        let mut groups: Vec<(&str, usize)> = Vec::new();
        for person in &self.people {
            match groups.last_mut() {
                Some((tenant, count)) if *tenant == person.tenant => *count += 1,
                _ => groups.push((person.tenant, 1)),
            }
        }
        let cells = groups.iter().map(|(tenant, count)| format!("  {tenant:<width$}", width = 4 * count));
        format!("{:18}{}", "", cells.collect::<String>()).trim_end().to_owned()
    }

    fn row(&self, label: &str, cells: &[&str]) -> String {
        let mut row = format!("  {label:16}");
        let mut before = None;
        for (person, cell) in self.people.iter().zip(cells) {
            row.push_str(if before == Some(person.tenant) { "" } else { "  " });
            write!(row, "{cell:<4}").unwrap_or_default();
            before = Some(person.tenant);
        }
        format!("{}\n", row.trim_end())
    }

    /// A line of the table: what everyone gets.
    async fn line(&self, operation: &Operation, thing: &Thing) -> Result<String> {
        let cells = self.people.iter().map(|person| self.cell(operation, thing, person));
        let cells: Vec<&str> = stream::iter(cells).buffered(AT_ONCE).try_collect().await?;
        Ok(self.row(thing.label, &cells))
    }

    async fn cell(&self, operation: &Operation, thing: &Thing, person: &Person) -> Result<&'static str> {
        let seen = self.ask(operation, thing, person).await?;
        let whose = || {
            format!(
                "{} {} of {:?} as {} {}",
                operation.method, operation.asked, thing.label, person.role, person.tenant
            )
        };
        let cell = match seen.status {
            status if operation.proof.contains(&status) => "ok",
            401 => "401",
            403 => "403",
            404 => "404",
            other => bail!("{}: {other} tells nothing of rights: {}", whose(), seen.body),
        };
        let open = self.document["paths"][operation.route][operation.method.to_lowercase()]["security"]
            == serde_json::json!([{}]);
        ensure!(person.role != "bad" || cell == "401", "{}: {cell} with a bad token", whose());
        ensure!(open || person.signed() || cell == "401", "{}: {cell} without signing in", whose());
        if !open && !thing.label.is_empty() && !thing.known_to(person) {
            ensure!(cell != "ok", "{}: allowed", whose());
            let absent = self.ask(operation, &thing.double(), person).await?;
            let absent = Seen { body: thing.renamed(&absent.body), ..absent };
            ensure!(seen == absent, "{}: told apart from what is not there:\n{seen:?}\n{absent:?}", whose());
        }
        Ok(cell)
    }

    async fn ask(&self, operation: &Operation, thing: &Thing, person: &Person) -> Result<Seen> {
        let address = format!("{}{}", self.address, thing.put_into(operation.asked));
        let mut request = self.client.request(operation.method.parse()?, &address);
        // One id for all, so that answers can be compared to the letter.
        request = request.header("X-Request-Id", "matrix").header("If-Match", "\"0\"");
        if let Some(token) = &person.token {
            request = request.bearer_auth(token);
        }
        if !operation.body.is_empty() {
            request = request.header("Content-Type", "application/json").body(thing.put_into(operation.body));
        }
        let response = request.send().await.with_context(|| address.clone())?;
        let status = response.status().as_u16();
        let headers = response.headers().iter().filter(|(name, _)| *name != "date");
        let headers: BTreeSet<String> = headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
        // A stream does not end by itself.
        let streams = headers.iter().any(|header| header.contains("text/event-stream"));
        let body = if streams { String::new() } else { response.text().await? };
        Ok(Seen { status, headers, body })
    }
}

fn compare(table: &str) -> Result<()> {
    let file: PathBuf = samples::root().join("tests/tests/access/matrix.txt");
    if std::env::var_os("BEFFROI_WRITE_GOLDEN").is_some() {
        std::fs::write(&file, table)?;
        return Ok(());
    }
    let agreed = std::fs::read_to_string(&file).unwrap_or_default();
    let (new, old): (Vec<&str>, Vec<&str>) = (table.lines().collect(), agreed.lines().collect());
    let differing = (0..new.len().max(old.len())).filter(|line| new.get(*line) != old.get(*line));
    let mut told = String::new();
    for line in differing.take(20) {
        let (old, new) = (old.get(line).unwrap_or(&""), new.get(line).unwrap_or(&""));
        writeln!(told, "line {}:\n  agreed   {old}\n  answered {new}", line + 1)?;
    }
    ensure!(told.is_empty(), "rights are not those of {}:\n{told}", file.display());
    Ok(())
}
