//! Mail: a notice, to who is to be told, once.

use std::collections::BTreeSet;

use hub::escalation::Priority;
use hub::notify::{self, State, channel};
use hub_tests::receiver::Receiver;
use hub_tests::smtp::{Letter, Smtp};
use hub_tests::{Engine, Refused, TestHub, Tool, need, on_both};

use super::House;

/// The letters but those that say to somebody that how they are reached was changed.
fn letters_of(smtp: &Smtp) -> Vec<Letter> {
    smtp.letters().into_iter().filter(|letter| letter.heads("Subject") != [CHANGED]).collect()
}

const CHANGED: &str = "How you are reached was changed";

on_both! {
    async fn who_is_on_duty_gets_one_letter_and_nobody_else_any(engine: Engine) {
        need!(Tool::Smtp);
        let smtp = Smtp::start();
        let house = House::new(engine, Some(&smtp)).await;
        // What is typed with line breaks, as a head would have them.
        let r = house.emergency("Doors are shut\r\nBcc: everybody@evil.example\r\nSubject: mine").await;
        house.carries_out().await;
        let letters = smtp.letters();
        assert_eq!(letters.len(), 1, "{letters:#?}");
        let letter = &letters[0];
        assert_eq!((letter.to.as_slice(), letter.from.as_str()), (&["rosa@hub.example".to_owned()][..], "hub@hub.example"));
        assert_eq!(letter.heads("Subject"), [format!("{r} priority 1")]);
        assert_eq!(letter.heads("To"), ["rosa@hub.example"]);
        assert_eq!(letter.heads("Bcc"), [""; 0]);
        assert!(letter.heads("Message-ID")[0].ends_with("@hub.example>"));
        assert!(letter.body().contains(&format!("https://hub.example/incidents/{r}?told=")), "{}", letter.content);
        for never in ["Doors", "evil", "Ana", "Alder"] {
            assert!(!letter.content.contains(never), "{never} is content: {}", letter.content);
        }
        house.carries_out().await;
        assert_eq!(smtp.letters().len(), 1, "once");
        let proofs = house.proofs(&r).await;
        assert_eq!(proofs.len(), 1);
        assert_eq!((proofs[0].name.as_str(), proofs[0].ways[0].state), ("Rosa Field", State::Accepted));
        assert_eq!(notify::pending(&house.hub.hub).await.unwrap(), 0);
        let ana = house.hub.person("ana");
        assert!(notify::proofs(&house.hub.hub, &ana.viewer, &r).await.unwrap().is_empty(), "officials see none of it");
    }

    async fn what_is_put_off_comes_later_under_the_same_id(engine: Engine) {
        need!(Tool::Smtp);
        let smtp = Smtp::start();
        let house = House::new(engine, Some(&smtp)).await;
        for mode in ["temp", "drop"] {
            smtp.does(mode);
            let r = house.emergency(&format!("It is {mode}")).await;
            house.carries_out().await;
            let way = house.proofs(&r).await[0].ways[0].clone();
            assert_eq!((way.state, way.attempts), (State::Waiting, 1), "{way:?}");
            assert!(way.reason.is_some());
            house.carries_out().await;
            assert_eq!(house.proofs(&r).await[0].ways[0].attempts, 1, "not before its time");
            smtp.does("ok");
            house.after(10).await;
            let way = house.proofs(&r).await[0].ways[0].clone();
            assert_eq!((way.state, way.attempts, way.accepted), (State::Accepted, 2, Some(10)));
        }
        let letters = smtp.letters();
        let ids: BTreeSet<_> = letters.iter().flat_map(|letter| letter.heads("Message-ID")).collect();
        assert_eq!((letters.len(), ids.len()), (3, 2), "the first came twice, under one id: {letters:#?}");
    }

    async fn what_never_gets_through_is_given_up_after_a_day_and_says_so(engine: Engine) {
        need!(Tool::Smtp);
        let smtp = Smtp::start();
        let house = House::new(engine, Some(&smtp)).await;
        smtp.does("temp");
        let r = house.emergency("Nobody comes").await;
        house.carries_out().await;
        house.after(24 * 3_600 - 1).await;
        assert_eq!(house.proofs(&r).await[0].ways[0].state, State::Waiting, "a second is left");
        house.after(1).await;
        let way = house.proofs(&r).await[0].ways[0].clone();
        assert_eq!(way.state, State::GivenUp);
        assert_eq!(way.reason.as_deref(), Some("the mail server: it puts it off (451)"));
        assert_eq!(notify::pending(&house.hub.hub).await.unwrap(), 0);
        let told = channel::channels(&house.hub.hub, &house.rosa.viewer).await.unwrap().channels;
        assert!(told[0].failed.is_some(), "her own page says so, too");
        smtp.does("refuse");
        house.on_duty("rosa").await;
        let other = house.emergency("Nobody lives there").await;
        house.carries_out().await;
        let proofs = house.proofs(&other).await;
        assert_eq!(proofs[0].ways[0].state, State::GivenUp, "a mailbox that is none is not tried for a day");
    }

    async fn an_address_is_told_nothing_before_its_person_confirms_it(engine: Engine) {
        need!(Tool::Smtp);
        let smtp = Smtp::start();
        let house = House::new(engine, Some(&smtp)).await;
        let (hub, rosa) = (&house.hub.hub, &house.rosa.viewer);
        for bad in ["rosa", "rosa@x", "a@b.example\r\nBcc: c@d.example", "rosa@hub.example"] {
            assert_eq!(channel::add_mail(hub, rosa, bad).await.fields(), ["address"], "{bad:?}");
        }
        let added = channel::add_mail(hub, rosa, "Rosa@Home.example").await.unwrap();
        assert!(!added.channel.verified && added.failure.is_none());
        house.emergency("One").await;
        house.carries_out().await;
        let letters = letters_of(&smtp);
        let to: Vec<_> = letters.iter().map(|letter| letter.to[0].as_str()).collect();
        assert_eq!(to, ["rosa@home.example", "rosa@hub.example"], "the question, and the notice to the other one");
        let code = letters[0].body().split("code=").nth(1).unwrap().split_whitespace().next().unwrap();
        let ravi = &house.hub.person("ravi").viewer;
        assert_eq!(channel::confirm_mail(hub, ravi, code).await.fields(), ["code"], "another's code is none");
        assert_eq!(channel::confirm_mail(hub, rosa, "guess").await.fields(), ["code"]);
        assert!(channel::confirm_mail(hub, rosa, code).await.unwrap().verified);
        assert_eq!(channel::confirm_mail(hub, rosa, code).await.fields(), ["code"], "it is used up");
        house.emergency("Two").await;
        house.carries_out().await;
        assert_eq!(letters_of(&smtp).len(), 4, "both");
        assert_eq!(channel::test(hub, rosa, &added.channel.id).await.unwrap(), None);
        assert_eq!(letters_of(&smtp)[4].heads("Subject"), ["A test of the election hub"]);
        channel::remove(hub, rosa, &added.channel.id).await.unwrap();
        house.emergency("Three").await;
        house.carries_out().await;
        assert_eq!(letters_of(&smtp).len(), 6, "one again");
    }

    /// Somebody has stolen into her session and would have her pages go elsewhere.
    async fn nobody_diverts_her_pages_unseen(engine: Engine) {
        use Priority::{P1, P2};
        need!(Tool::Smtp);
        let (smtp, theirs) = (Smtp::start(), Receiver::start().await);
        let house = House::new(engine, Some(&smtp)).await;
        let (hub, rosa) = (&house.hub.hub, &house.rosa);
        let (one, _) = house.webhook(rosa, &theirs.url()).await;
        let (two, _) = house.webhook(rosa, &theirs.url().replace("127.0.0.1", "pager.example")).await;
        let rules = [(P1, one.clone()), (P1, two.clone()), (P2, one)];
        channel::save_rules(hub, &rosa.viewer, &rules).await.unwrap();
        let reach = channel::channels(hub, &rosa.viewer).await.unwrap();
        assert_eq!(reach.rules[0].1.len(), 3, "the page says so, too");
        channel::remove(hub, &rosa.viewer, &two).await.unwrap();
        let told = smtp.letters();
        assert_eq!(told.len(), 4, "two added, rules, one removed: {told:#?}");
        for letter in &told {
            assert_eq!((letter.to[0].as_str(), letter.heads("Subject")), ("rosa@hub.example", vec![CHANGED]));
            assert!(!letter.content.contains("pager") && !letter.content.contains("127.0.0.1"), "{}", letter.content);
        }
        let r = house.emergency("Doors are shut").await;
        house.carries_out().await;
        assert_eq!(letters_of(&smtp)[0].heads("Subject"), [format!("{r} priority 1")], "her own address is told");
    }

    async fn an_address_of_somebody_else_is_neither_taken_nor_flooded(engine: Engine) {
        need!(Tool::Smtp);
        let smtp = Smtp::start();
        let house = House::new(engine, Some(&smtp)).await;
        let (hub, rosa) = (&house.hub.hub, &house.rosa.viewer);
        for theirs in ["ravi@hub.example", "Ana@Alder.example"] {
            let refused = channel::add_mail(hub, rosa, theirs).await;
            assert_eq!(refused.fields(), ["address"], "{theirs} signs in with it");
        }
        assert!(smtp.letters().is_empty());
        let mut failures = Vec::new();
        for first in ["rosa", "ravi", "lena", "sam"] {
            let added = channel::add_mail(hub, &house.hub.person(first).viewer, "victim@home.example").await.unwrap();
            failures.push(added.failure);
        }
        assert!(failures[..3].iter().all(Option::is_none), "{failures:?}");
        let words = "this address got many mails lately; have it sent again later";
        assert_eq!(failures[3].as_deref(), Some(words), "three a day, over all people");
        assert_eq!(letters_of(&smtp).len(), 3);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_good_for_a_day() {
    need!(Tool::Smtp);
    let smtp = Smtp::start();
    let house = House::new(Engine::Sqlite, Some(&smtp)).await;
    let (hub, rosa) = (&house.hub.hub, &house.rosa.viewer);
    let id = channel::add_mail(hub, rosa, "rosa@home.example").await.unwrap().channel.id;
    let code = |n: usize| {
        let letters = letters_of(&smtp);
        letters[n].body().split("code=").nth(1).unwrap().split_whitespace().next().unwrap().to_owned()
    };
    house.after(24 * 3_600).await;
    assert_eq!(channel::confirm_mail(hub, rosa, &code(0)).await.fields(), ["code"]);
    channel::verify_again(hub, rosa, &id).await.unwrap();
    assert_eq!(channel::confirm_mail(hub, rosa, &code(0)).await.fields(), ["code"], "the newest alone is good");
    channel::confirm_mail(hub, rosa, &code(1)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_mail_server_people_are_told_in_the_hub_alone_and_the_room_says_so() {
    let house = House::new(Engine::Sqlite, None).await;
    let r = house.emergency("Nobody has a channel").await;
    house.carries_out().await;
    let proofs = house.proofs(&r).await;
    assert_eq!((proofs[0].name.as_str(), proofs[0].ways.len(), proofs[0].waiting), ("Rosa Field", 0, false));
    let refused = channel::add_mail(&house.hub.hub, &house.rosa.viewer, "a@b.example").await;
    assert_eq!(refused.fields(), ["address"]);
    let rules = [(Priority::P1, "own-1".to_owned())];
    assert_eq!(channel::save_rules(&house.hub.hub, &house.rosa.viewer, &rules).await.fields(), ["P1", "P2"]);
}

/// No mail bomb: what is past the limit waits its turn, and nothing is left out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_gets_so_many_letters_an_hour_and_the_rest_later() {
    need!(Tool::Smtp);
    let smtp = Smtp::start();
    let house = House::new(Engine::Sqlite, Some(&smtp)).await;
    let hub: &TestHub = &house.hub;
    for n in 0..125 {
        house.emergency(&format!("Number {n}")).await;
    }
    house.carries_out().await;
    assert_eq!(smtp.letters().len(), 120);
    assert_eq!(notify::pending(&hub.hub).await.unwrap(), 5);
    for _ in 0..5 {
        house.after(30).await;
    }
    assert_eq!(smtp.letters().len(), 125);
}
