//! Every check was seen to fail: each fault of `hub::sabotage` is turned on, and the tests that are there to find it must
//! find it.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

use hub::sabotage::Fault;
use hub_tests::tools::root;
use hub_tests::{Tool, need};

/// Which tests find which fault. Each of them is a test of the suite as well, and must pass there.
const FINDS: &[(Fault, &[&str])] = &[
    (
        Fault::AcknowledgeBeforeCommit,
        &["store::an_answer_is_on_the_disk", "crash::whatever_was_acknowledged_is_there_after_any_kill"],
    ),
    (Fault::ForgetACommit, &["store::an_answer_is_on_the_disk", "room::both_sides_talk_and_responders_note::sqlite"]),
    (Fault::ReuseASeq, &["room::both_sides_talk_and_responders_note::sqlite"]),
    (Fault::SkipClientId, &["room::a_message_that_is_sent_again_is_stored_once::sqlite"]),
    (Fault::SkipIdempotency, &["once::a_key_stands_for_one_request_of_one_person_for_a_day::sqlite"]),
    (
        Fault::DropAudienceFilter,
        &["room::both_sides_talk_and_responders_note::sqlite", "room::a_note_leaves_no_trace_at_the_authority::sqlite"],
    ),
    (Fault::DropAuthorityFilter, &["reach::what_is_not_yours_is_like_what_is_not_there::sqlite"]),
    (
        Fault::SkipWithdrawal,
        &[
            "live::sockets_end_with_their_rights_and_with_the_hub::sqlite",
            "nodes::withdrawal::what_is_taken_away_at_one_node_is_gone_at_the_other",
        ],
    ),
    (
        Fault::NoOriginCheck,
        &[
            "live::a_socket_is_opened_by_our_own_pages_or_with_a_token",
            "api::order::a_session_needs_the_own_origin_before_anything_is_looked_up",
        ],
    ),
    (Fault::SkipSendGuard, &["room::the_guard_shows_what_was_not_seen::sqlite"]),
    (Fault::UnboundedQueue, &["live::a_reader_that_never_reads_is_sent_away"]),
    (Fault::LostNudgeWithoutCompare, &["live::a_room_is_caught_up_and_goes_on::sqlite"]),
    (
        Fault::LeakTypingOfNotes,
        &[
            "beside::writing_and_reading_are_told_and_nothing_of_notes_to_officials::sqlite",
            "canary::no_frame_of_a_socket_holds_a_byte_of_a_note_nor_its_count_nor_its_typing",
        ],
    ),
];

/// Runs one test of this program in a process of its own.
fn runs(test: &str, fault: &str) -> Output {
    let me = std::env::current_exe().expect("a running program has a path");
    let mut command = Command::new(me);
    command.args(["--exact", test, "--test-threads=1"]).env("HUB_SABOTAGE", fault).stdin(Stdio::null());
    command.output().expect("it starts again")
}

#[test]
fn every_fault_is_found() {
    need!(Tool::Faults, Tool::Postgres, Tool::Nats);
    let missed = Mutex::new(Vec::new());
    let left = Mutex::new(FINDS.iter().flat_map(|(fault, tests)| tests.iter().map(move |test| (*fault, *test))));
    std::thread::scope(|all| {
        // Some of them wait for what does not come.
        for _ in 0..3 {
            all.spawn(|| {
                loop {
                    let Some((fault, test)) = left.lock().expect("nobody panics here").next() else { return };
                    let output = runs(test, fault.name());
                    let said = String::from_utf8_lossy(&output.stdout);
                    if !said.contains(&format!("test {test} ... FAILED")) {
                        missed.lock().expect("nobody panics here").push(format!("{}: {test}\n{said}", fault.name()));
                    }
                }
            });
        }
    });
    let missed = missed.into_inner().expect("nobody panics here");
    assert!(missed.is_empty(), "these are not found:\n{}", missed.join("\n"));
}

#[test]
fn every_fault_has_a_test_of_the_suite() {
    let listed = Command::new(std::env::current_exe().expect("a path")).arg("--list").output().expect("it lists");
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    for (fault, tests) in FINDS {
        assert!(!tests.is_empty(), "{}", fault.name());
        for test in *tests {
            assert!(listed.lines().any(|line| line == format!("{test}: test")), "there is no test {test}");
        }
    }
    for fault in Fault::ALL {
        assert!(FINDS.iter().any(|(known, _)| known == fault), "{} has no test that finds it", fault.name());
    }
}

#[test]
fn a_fault_that_is_none_is_refused() {
    need!(Tool::Faults);
    let output = runs("room::both_sides_talk_and_responders_note::sqlite", "nonsense");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success() && said.contains("it takes one of acknowledge-before-commit"), "{said}");
}

/// The file of the faults stands alone, so that the compiler can be asked about it by itself.
#[test]
fn no_release_is_built_with_faults() {
    let folder = hub_tests::scratch::Folder::new();
    let compiles = |debug: &str| {
        let rustc = std::env::var_os("RUSTC").map_or_else(|| PathBuf::from("rustc"), PathBuf::from);
        let mut command = Command::new(rustc);
        command.args(["--edition", "2024", "--crate-type", "lib", "--emit", "metadata", "--out-dir"]);
        command.arg(folder.path()).args(["--cfg", "feature=\"sabotage\"", "-C", &format!("debug-assertions={debug}")]);
        command.arg(root().join("hub/src/sabotage.rs")).output().expect("the compiler is there")
    };
    let refused = compiles("off");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("never for a release"), "{said}");
    let fine = compiles("on");
    assert!(fine.status.success(), "{}", String::from_utf8_lossy(&fine.stderr));
}
