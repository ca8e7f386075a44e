use super::*;
use crate::policy::fixtures::Scene;
use beffroi_crds::workspace::Verdict;

fn rule(expression: &str) -> CustomRule {
    CustomRule { name: "own".into(), expression: expression.into(), message: "not as wished".into() }
}

#[test]
fn probe() {
    // raw parser stack
    let shapes: Vec<(&str, Box<dyn Fn(usize) -> String + Send>)> = vec![
        ("paren", Box::new(|n| format!("{}true{}", "(".repeat(n), ")".repeat(n)))),
        ("list", Box::new(|n| format!("{}1{}", "[".repeat(n), "]".repeat(n)))),
        ("not", Box::new(|n| format!("{}true", "!".repeat(n)))),
        ("notsp", Box::new(|n| format!("{}true", "!(".repeat(n)))),
        ("neg", Box::new(|n| format!("{}1", "-".repeat(n)))),
        ("cond", Box::new(|n| format!("{}true", "true?true:".repeat(n)))),
        ("plus", Box::new(|n| format!("1{} == 1", "+1".repeat(n)))),
        ("select", Box::new(|n| format!("site{}", ".a".repeat(n)))),
        ("and", Box::new(|n| format!("true{}", "&&true".repeat(n)))),
        ("rel", Box::new(|n| format!("true{}", "==true".repeat(n)))),
        ("idx", Box::new(|n| format!("site{}", "[1]".repeat(n)))),
        ("idxn", Box::new(|n| format!("{}1{}", "site[".repeat(n), "]".repeat(n)))),
        ("exists", Box::new(|n| format!("{}true{}", "[1].all(x,".repeat(n), ")".repeat(n)))),
        ("mapc", Box::new(|n| format!("[1]{}", ".map(x,x)".repeat(n)))),
        ("open", Box::new(|n| "(".repeat(n))),
        ("map", Box::new(|n| format!("{}1{}", "{1:".repeat(n), "}".repeat(n)))),
        ("msg", Box::new(|n| format!("{}1{}", "A{a:".repeat(n), "}".repeat(n)))),
        ("lt", Box::new(|n| format!("1{}", "<1".repeat(n)))),
        ("condp", Box::new(|n| format!("{}true{}", "true?(".repeat(n), "):true".repeat(n)))),
        ("allp", Box::new(|n| format!("{}true{}", "[1].all(x,".repeat(n), ")".repeat(n)))),
        ("mul", Box::new(|n| format!("1{}", "*1".repeat(n)))),
        ("call", Box::new(|n| format!("1{}", ".a()".repeat(n)))),
        ("q", Box::new(|n| "?".repeat(n))),
    ];
    let shape = std::env::var("SHAPE").unwrap_or_default();
    for (name, f) in shapes {
        if name != shape {
            continue;
        }
        let n: usize = std::env::var("N").unwrap().parse().unwrap();
        let raw = std::env::var("RAW").is_ok();
        let kb: usize = std::env::var("KB").unwrap().parse().unwrap();
        let s = f(n);
        let h = std::thread::Builder::new()
            .stack_size(kb * 1024)
            .spawn(move || {
                if raw {
                    Parser::new()
                        .parse(&s)
                        .map(|e| {
                            let c = Context::default();
                            std::mem::drop(Value::resolve(&e, &c));
                            true
                        })
                        .map_err(|e| e.errors.first().map(|e| e.msg.clone()))
                } else {
                    compile(&rule(&s))
                        .map(|e| {
                            let sc = Scene::default();
                            let c = variables::context(&sc.case(), sc.site());
                            e.judge(&c).verdict == Verdict::Pass
                        })
                        .map_err(|e| Some(e.to_string()))
                }
            })
            .unwrap();
        println!("{name} {n} -> {:?}", h.join().map_err(|_| "PANIC"));
    }
}
