//! Orders for what happens, with no process, clock or file.
use super::*;

fn spec(role: Role) -> NodeSpec {
    NodeSpec { role, auto: true, after: Vec::new(), timeout_ns: None, restart: None }
}

fn node(n: u32) -> NodeId {
    NodeId(n)
}

#[test]
fn a_follower_starts_after_a_good_end_and_is_skipped_after_a_bad_one() {
    for (exit, expected) in [(0, Order::Start(node(1))), (3, Order::Skipped(node(1), node(0)))] {
        let mut second = spec(Role::Process);
        second.after.push((node(0), false));
        let mut reactor = Reactor::new(vec![spec(Role::Process), second], None);
        assert_eq!(reactor.step(0, Happening::Begin), [Order::Start(node(0))]);
        let orders = reactor.step(1, Happening::Died { node: node(0), exit });
        assert!(orders.contains(&expected), "{orders:?}");
        assert_eq!(orders.contains(&Order::Finish), exit != 0);
    }
}

#[test]
fn daemons_are_ended_when_the_last_process_has() {
    let mut reactor = Reactor::new(vec![spec(Role::Process), spec(Role::Daemon)], None);
    reactor.step(0, Happening::Begin);
    let orders = reactor.step(1, Happening::Died { node: node(0), exit: 0 });
    assert_eq!(orders, [Order::Ended(node(0), 0), Order::Terminate(node(1))]);
    // It does not listen.
    assert_eq!(reactor.next_deadline(), Some(1 + GRACE_NS));
    assert_eq!(reactor.step(1 + GRACE_NS, Happening::Clock), [Order::Kill(node(1))]);
    let orders = reactor.step(2 + GRACE_NS, Happening::Died { node: node(1), exit: -9 });
    assert_eq!(orders, [Order::Ended(node(1), -9), Order::Finish]);
    assert_eq!(reactor.cause(), Some(Cause::Completed));
}

#[test]
fn the_run_goes_on_while_the_end_of_a_daemon_lets_a_process_start() {
    for (role, awaited) in [(Role::Process, true), (Role::Daemon, false)] {
        // The last one comes after a daemon that comes after a daemon.
        let (mut second, mut last) = (spec(Role::Daemon), spec(role));
        second.after.push((node(0), true));
        last.after.push((node(1), true));
        let mut reactor = Reactor::new(vec![spec(Role::Daemon), second, last, spec(Role::Process)], None);
        reactor.step(0, Happening::Begin);
        reactor.step(1, Happening::Died { node: node(3), exit: 0 });
        assert_eq!(reactor.cause().is_none(), awaited);
        reactor.step(2, Happening::Died { node: node(0), exit: 1 });
        assert_eq!(reactor.cause().is_none(), awaited);
        if awaited {
            let orders = reactor.step(3, Happening::Died { node: node(1), exit: 1 });
            assert!(orders.contains(&Order::Start(node(2))), "{orders:?}");
            let orders = reactor.step(4, Happening::Died { node: node(2), exit: 0 });
            assert!(orders.contains(&Order::Finish), "{orders:?}");
        }
    }
}

#[test]
fn the_run_waits_for_what_carries_the_output_of_a_command_and_not_for_that_of_a_daemon() {
    let drained = |role| {
        let mut drain = spec(Role::DrainsOutput(node(0)));
        drain.auto = false;
        let mut reactor = Reactor::new(vec![spec(role), drain, spec(Role::Process)], None);
        reactor.step(0, Happening::Begin);
        reactor.step(1, Happening::Died { node: node(2), exit: 0 });
        reactor
    };
    let mut reactor = drained(Role::Process);
    assert_eq!(reactor.step(2, Happening::Died { node: node(0), exit: 0 }), [Order::Ended(node(0), 0)]);
    assert_eq!((reactor.cause(), reactor.next_deadline()), (None, None), "however long it takes");
    let orders = reactor.step(3, Happening::Died { node: node(1), exit: 0 });
    assert_eq!(orders, [Order::Ended(node(1), 0), Order::Finish]);
    assert_eq!(drained(Role::Daemon).cause(), Some(Cause::Completed));
}

#[test]
fn a_failing_process_is_restarted_as_often_as_allowed() {
    let mut flaky = spec(Role::Process);
    flaky.restart = Some(RestartSpec { max: 1, backoff_ns: 10 });
    let mut reactor = Reactor::new(vec![flaky], None);
    reactor.step(0, Happening::Begin);
    assert_eq!(reactor.step(1, Happening::Died { node: node(0), exit: 1 }), [Order::Resting(node(0))]);
    assert_eq!(reactor.next_deadline(), Some(11));
    assert_eq!(reactor.step(11, Happening::Clock), [Order::Start(node(0))]);
    let orders = reactor.step(12, Happening::Died { node: node(0), exit: 1 });
    assert_eq!(orders, [Order::Ended(node(0), 1), Order::Finish]);
}

#[test]
fn time_that_all_stood_still_counts_for_no_timeout() {
    let mut limited = spec(Role::Process);
    limited.timeout_ns = Some(10);
    let mut reactor = Reactor::new(vec![limited], Some(25));
    reactor.step(0, Happening::Begin);
    assert_eq!(reactor.step(105, Happening::Resumed(100)), []);
    assert_eq!((reactor.next_deadline(), reactor.step(109, Happening::Clock)), (Some(110), Vec::new()));
    assert_eq!(reactor.step(110, Happening::Clock), [Order::TimedOut(node(0)), Order::Terminate(node(0))]);
    assert_eq!((reactor.next_deadline(), reactor.cause()), (Some(125), None));
}

#[test]
fn the_second_interrupt_kills() {
    let mut reactor = Reactor::new(vec![spec(Role::Process)], None);
    reactor.step(0, Happening::Begin);
    assert_eq!(reactor.step(1, Happening::Interrupt(2)), [Order::Terminate(node(0))]);
    assert_eq!(reactor.step(2, Happening::Interrupt(2)), [Order::Kill(node(0))]);
}

#[test]
fn a_process_that_nobody_can_start_any_more_does_not_keep_the_run() {
    let mut manual = spec(Role::Process);
    manual.auto = false;
    let mut reactor = Reactor::new(vec![spec(Role::Process), manual], None);
    reactor.step(0, Happening::Begin);
    let orders = reactor.step(1, Happening::Died { node: node(0), exit: 0 });
    assert_eq!(orders, [Order::Ended(node(0), 0), Order::Finish]);
}

#[test]
fn a_worker_is_replaced_until_the_run_ends() {
    let mut reactor = Reactor::new(vec![spec(Role::Process), spec(Role::Worker)], None);
    reactor.step(0, Happening::Begin);
    let orders = reactor.step(1, Happening::Died { node: node(1), exit: -9 });
    assert_eq!(orders, [Order::Resting(node(1)), Order::Start(node(1))]);
}
