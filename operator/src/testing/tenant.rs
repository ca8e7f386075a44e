//! The life of a tenant, whatever its writes meet.

use super::{
    life::{Life, Way, each_write_meets, hindered, live},
    script::Fault,
    town::Of,
};

/// What comes of a reconcile whose write meets a fault.
fn comes_of(plain: &Life, index: usize, fault: Fault) -> &'static str {
    match (plain.writes()[index], fault) {
        // Somebody was faster than what was read.
        (_, Fault::Refused(409)) => "stale",
        // Gone is what was wanted.
        (("management DELETE namespaces/tenant-macon", _), Fault::Refused(404)) => "waiting",
        (("management PATCH tenants/macon", 1..), Fault::Refused(404)) => "settled",
        _ => "error",
    }
}

#[tokio::test]
async fn a_life_that_meets_nothing_writes_this_and_no_more() {
    let life = live(Of::Tenant, Way::Plain, None).await;
    assert_eq!((life.needless(), life.refused()), (Vec::new(), Vec::new()));
    assert_eq!(life.differs_from(&life), [""; 0]);
    let writes: Vec<&str> = life.writes().into_iter().map(|(write, _)| write).collect();
    assert_eq!(
        writes,
        [
            "management PATCH tenants/macon",
            "management POST namespaces/tenant-macon",
            "management PATCH tenants/macon/status",
            "management PATCH tenants/macon/status",
            "management DELETE namespaces/tenant-macon",
            "management PATCH tenants/macon/status",
            "management PATCH tenants/macon",
        ]
    );
    assert!(life.gone.keys().all(|at| !at.contains("macon")), "{:?}", life.gone);
}

#[tokio::test]
async fn whatever_a_write_meets_the_life_goes_as_one_that_met_nothing() {
    let faults = [
        Fault::Late,
        Fault::AnswerLost,
        Fault::RequestLost,
        Fault::Refused(409),
        Fault::Refused(404),
        Fault::Refused(500),
    ];
    each_write_meets(Of::Tenant, &faults, comes_of).await;
}

#[tokio::test]
async fn nothing_is_told_or_done_before_the_log_has_taken_it() {
    hindered(Of::Tenant, Way::WithoutLog, "error").await;
}

#[tokio::test]
async fn who_does_not_see_yet_what_was_written_writes_nothing() {
    hindered(Of::Tenant, Way::Blind, "stale").await;
}
