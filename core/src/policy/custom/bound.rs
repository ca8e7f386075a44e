//! What an expression could cost at most, from its syntax tree and the sizes of lists.
//!
//! Every list that a rule is given has at most [`LONGEST_LIST`] items: the schemas of the specs say so. From
//! there on each node has a [`Size`]: how long a list in its value can be, and how many copies of what it was
//! given the value can hold. A macro (`all`, `exists`, `map`, `filter`) is a loop over its range; its body
//! costs once per item, and sees an item as its share of the range. The bound errs upwards.

use cel::{
    IdedExpr,
    common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedEntryExpr},
};

use super::variables;

/// Deepest nesting of nodes.
pub const DEEPEST: usize = 48;
/// Most steps.
pub const STEPS: u64 = 100_000;
/// Most copies of what the rule is given.
pub const COPIES: u64 = 1_000;
/// Items of the longest list in the specs of a site, provider, tenant or workspace.
const LONGEST_LIST: f64 = 64.0;
/// A regular expression is compiled each time that it is matched.
const MATCH: f64 = 1_000.0;

const FUNCTIONS: [&str; 13] = [
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "bool",
    "bytes",
    "double",
    "int",
    "uint",
    "string",
    "dyn",
    "type",
];
const TYPES: [&str; 10] =
    ["bool", "bytes", "double", "int", "uint", "string", "list", "map", "null_type", "type"];

/// Why an expression may not run.
#[derive(Debug, PartialEq)]
pub(super) enum Excess {
    Depth,
    Steps(u64),
    Copies(u64),
    Unknown { id: u64, name: String },
}

/// How deeply brackets, signs, conditions and selections nest in a text, at most: a first look before the
/// parser sees it, which recurses on them. Brackets in strings count too; none has a reason to hold so many.
pub(super) fn nesting(source: &str) -> usize {
    let (mut open, mut deepest, mut run, mut conditions) = (0_usize, 0, 0_usize, 0_usize);
    for byte in source.bytes() {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            b'?' => conditions += 1,
            _ => {}
        }
        run = match byte {
            b'!' | b'-' => run + 1,
            byte if byte.is_ascii_whitespace() => run,
            _ => 0,
        };
        deepest = deepest.max(open + conditions + run);
    }
    // Each bracket costs the parser about eight calls, so what passes here stays far from its own limit.
    deepest * 4
}

/// Whether an expression may run.
pub(super) fn check(expression: &IdedExpr) -> Result<(), Excess> {
    let root = Size { length: LONGEST_LIST, copies: 1.0 };
    let mut scope: Vec<_> = variables::NAMES.iter().map(|name| (*name, root)).collect();
    let cost = measure(expression, &mut scope, 0)?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = |n: f64| if n < 1e18 { n as u64 } else { u64::MAX };
    match (whole(cost.steps), whole(cost.most)) {
        (steps, _) if steps > STEPS => Err(Excess::Steps(steps)),
        (_, copies) if copies > COPIES => Err(Excess::Copies(copies)),
        _ => Ok(()),
    }
}

/// How large a value can be.
#[derive(Clone, Copy, Debug)]
struct Size {
    /// Items of its longest list, at any depth.
    length: f64,
    /// Copies of what the rule is given.
    copies: f64,
}

#[derive(Clone, Copy, Debug)]
struct Cost {
    steps: f64,
    /// The most copies held at any time.
    most: f64,
    size: Size,
}

const SCALAR: Size = Size { length: 1.0, copies: 0.0 };

type Scope<'a> = Vec<(&'a str, Size)>;

fn measure<'a>(node: &'a IdedExpr, scope: &mut Scope<'a>, depth: usize) -> Result<Cost, Excess> {
    if depth > DEEPEST {
        return Err(Excess::Depth);
    }
    let deeper = depth + 1;
    match &node.expr {
        Expr::Unspecified | Expr::Literal(_) => {
            Ok(Cost { steps: 1.0, most: 1.0, size: Size { length: 1.0, copies: 1.0 } })
        }
        Expr::Ident(name) => ident(node.id, name, scope),
        Expr::Select(select) => {
            measure(&select.operand, scope, deeper).map(|c| Cost { steps: c.steps + 1.0, ..c })
        }
        Expr::Call(call) => call_cost(node.id, call, scope, deeper),
        Expr::List(list) => sum(list.elements.iter(), scope, deeper).map(|c| grown(c, list.elements.len())),
        Expr::Map(map) => entries(&map.entries, scope, deeper),
        Expr::Struct(of) => entries(&of.entries, scope, deeper),
        Expr::Comprehension(of) => looped(of, scope, deeper),
    }
}

fn ident(id: u64, name: &str, scope: &Scope<'_>) -> Result<Cost, Excess> {
    let bare = name.trim_start_matches('.');
    let size = scope.iter().rfind(|(known, _)| *known == bare).map(|(_, size)| *size);
    let size = size.or_else(|| TYPES.contains(&bare).then_some(SCALAR));
    let unknown = || Excess::Unknown { id, name: bare.to_owned() };
    size.map(|size| Cost { steps: 1.0, most: size.copies, size }).ok_or_else(unknown)
}

fn call_cost<'a>(id: u64, call: &'a CallExpr, scope: &mut Scope<'a>, depth: usize) -> Result<Cost, Excess> {
    let name = call.func_name.as_str();
    let operator = !name.starts_with(|c: char| c.is_ascii_alphabetic());
    if !operator && !FUNCTIONS.contains(&name) {
        return Err(Excess::Unknown { id, name: format!("{name}()") });
    }
    let all = sum(call.target.as_deref().into_iter().chain(&call.args), scope, depth)?;
    let size = match (name, call.args.as_slice()) {
        ("_?_:_", [_, yes, no]) => {
            let (yes, no) = (measure(yes, scope, depth)?.size, measure(no, scope, depth)?.size);
            Size { length: yes.length.max(no.length), copies: yes.copies.max(no.copies) }
        }
        ("_[_]", [from, _]) => measure(from, scope, depth)?.size,
        ("_+_" | "string" | "bytes" | "dyn", _) => all.size,
        _ => SCALAR,
    };
    let reads = if matches!(name, "_==_" | "_!=_" | "@in" | "_+_") { all.size.copies } else { 0.0 };
    let matching = if name == "matches" { MATCH } else { 0.0 };
    Ok(Cost { steps: all.steps + 1.0 + reads + matching, size, ..all })
}

fn looped<'a>(of: &'a ComprehensionExpr, scope: &mut Scope<'a>, depth: usize) -> Result<Cost, Excess> {
    let range = measure(&of.iter_range, scope, depth)?;
    let init = measure(&of.accu_init, scope, depth)?;
    let rounds = range.size.length.max(1.0);
    let item = Size { length: range.size.length, copies: range.size.copies / rounds };
    let outer = scope.len();
    scope.push((&of.iter_var, item));
    scope.extend(of.iter_var2.as_deref().map(|name| (name, item)));
    // What one round adds: the result so far counts as nothing, and is added up below.
    scope.push((&of.accu_var, Size { length: 0.0, copies: 0.0 }));
    let condition = measure(&of.loop_cond, scope, depth)?;
    let step = measure(&of.loop_step, scope, depth)?;
    scope.truncate(outer);
    let total = Size {
        length: init.size.length + rounds * step.size.length,
        copies: init.size.copies + rounds * step.size.copies,
    };
    scope.push((&of.accu_var, total));
    let result = measure(&of.result, scope, depth)?;
    scope.truncate(outer);
    Ok(Cost {
        steps: range.steps + init.steps + rounds * (condition.steps + step.steps + 1.0) + result.steps,
        most: range.most.max(init.most + rounds * step.most).max(result.most),
        size: result.size,
    })
}

fn sum<'a>(
    nodes: impl Iterator<Item = &'a IdedExpr>,
    scope: &mut Scope<'a>,
    depth: usize,
) -> Result<Cost, Excess> {
    let mut all = Cost { steps: 1.0, most: 0.0, size: Size { length: 0.0, copies: 0.0 } };
    for node in nodes {
        let one = measure(node, scope, depth)?;
        all.steps += one.steps;
        all.most += one.most;
        all.size.length += one.size.length;
        all.size.copies += one.size.copies;
    }
    Ok(all)
}

fn entries<'a>(entries: &'a [IdedEntryExpr], scope: &mut Scope<'a>, depth: usize) -> Result<Cost, Excess> {
    let nodes = entries.iter().flat_map(|entry| match &entry.expr {
        EntryExpr::StructField(field) => [None, Some(&field.value)],
        EntryExpr::MapEntry(entry) => [Some(&entry.key), Some(&entry.value)],
    });
    sum(nodes.flatten(), scope, depth).map(|cost| grown(cost, entries.len()))
}

#[allow(clippy::cast_precision_loss)]
fn grown(cost: Cost, items: usize) -> Cost {
    Cost { size: Size { length: cost.size.length.max(items as f64), ..cost.size }, ..cost }
}
