use std::time::{Duration, Instant};

use super::*;
use crate::policy::fixtures::Scene;
use beffroi_crds::workspace::Verdict;
use proptest::prelude::*;

fn rule(expression: &str) -> CustomRule {
    CustomRule { name: "own".into(), expression: expression.into(), message: "not as wished".into() }
}

fn judged(expression: &str) -> (Verdict, String) {
    let mut scene = Scene::default();
    scene.policy.custom_rules = vec![rule(expression)];
    let case = scene.case();
    let found = judge(&case, scene.site(), &compile_all(case.policy)).remove(0);
    assert_eq!(found.rule, "CUSTOM/own");
    (found.verdict, found.reason)
}

fn refusal(expression: &str) -> String {
    compile(&rule(expression)).unwrap_err().to_string()
}

#[test]
fn true_passes_and_false_fails_with_the_message() {
    assert_eq!(judged("site.country == 'FR' && site.city.startsWith('P')").0, Verdict::Pass);
    assert_eq!(judged("site.country == 'DE'"), (Verdict::Fail, "not as wished".into()));
    assert_eq!(judged("workspace.apps.all(a, a.name != 'ardoise')").0, Verdict::Pass);
}

#[test]
fn whatever_is_neither_true_nor_false_is_unproven() {
    for expression in
        ["1 + 1", "site.absent == 1", "site.city + 1 == 2", "tenant.name.size() / 0 == 1", "null"]
    {
        let (verdict, reason) = judged(expression);
        assert_eq!(verdict, Verdict::Unproven, "{expression}: {reason}");
    }
}

#[test]
fn what_does_not_compile_says_where_and_is_unproven() {
    let told = refusal("site.city == ");
    assert!(told.contains("custom rule own") && told.contains("line 1"), "{told}");
    assert!(refusal("ville == 'x'").contains("ville is not known"));
    assert!(refusal("now() == 1").contains("now"), "{}", refusal("now() == 1"));
    assert_eq!(judged("site.city ==").0, Verdict::Unproven);
}

#[test]
fn what_could_cost_too_much_is_refused_before_it_runs() {
    let nested = "site.registries.all(a, site.registries.all(b, site.registries.all(c, a == b || b == c)))";
    assert!(refusal(nested).contains("could take"), "{}", refusal(nested));
    assert!(refusal(&"a".repeat(LONGEST + 1)).contains("bytes"));
    assert!(refusal(&format!("{}true{}", "(".repeat(13), ")".repeat(13))).contains("nested"));
}

/// The parser's time grows fast with nesting: what passes the first look is parsed in no time.
#[test]
fn the_longest_of_every_shape_is_answered_soon() {
    let fill = |part: &str, end: &str| format!("{}{end}", part.repeat((LONGEST - end.len()) / part.len()));
    let nest = |open: &str, close: &str| format!("{}true{}", open.repeat(11), close.repeat(11));
    for text in [
        fill("true&&", "true"),
        fill("true||", "true"),
        fill("1+", "1"),
        fill("1<", "1"),
        fill("site.a.", "a"),
        fill("x[1].", "y"),
        fill("(", ""),
        fill("?", ""),
        fill("-", "1"),
        fill("[1].map(x,x).", "y"),
        nest("(", ")"),
        nest("!(", ")"),
        nest("[", "]"),
        nest("true?(", "):true"),
        nest("[1].all(x,", ")"),
        nest("site[", "]"),
    ] {
        let started = Instant::now();
        let _ = compile(&rule(&text));
        let took = started.elapsed();
        assert!(took < Duration::from_secs(5), "{took:?} for {}", shorten(&text));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn garbage_never_panics(text in "[ -~éà\\n]{0,60}") {
        let _ = compile(&rule(&text));
    }

    #[test]
    fn near_misses_never_panic_nor_pass_by_mistake(
        words in proptest::collection::vec(
            proptest::sample::select(vec!["site", ".", "city", "==", "'x'", "(", ")", "!", "&&", "[", "]", "1", "all", ","]),
            0..14,
        )
    ) {
        if let Ok(compiled) = compile(&rule(&words.concat())) {
            let scene = Scene::default();
            let case = scene.case();
            let _ = compiled.judge(&variables::context(&case, scene.site()));
        }
    }
}
