//! Whose channels they are, and the floor under what people may choose.

use hub::escalation::Priority;
use hub::notify::channel;
use hub_tests::receiver::{Manner, Receiver};
use hub_tests::{Engine, Refused, on_both};

use super::House;

fn rules(of: &[(Priority, &str)]) -> Vec<(Priority, String)> {
    of.iter().map(|(priority, id)| (*priority, (*id).to_owned())).collect()
}

on_both! {
    async fn priority_1_needs_two_channels_and_each_is_told_as_was_chosen(engine: Engine) {
        use Priority::{P1, P2, P5};
        let house = House::new(engine, None).await;
        let (hub, rosa) = (&house.hub.hub, &house.rosa);
        let [a, b, c] = [Receiver::start().await, Receiver::start().await, Receiver::start().await];
        let (first, _) = house.webhook(rosa, &a.url()).await;
        // A name of its own: two at one host would be one.
        let (second, _) = house.webhook(rosa, &b.url().replace("127.0.0.1", "pager.example")).await;
        let (beside, _) = house.webhook(rosa, &b.url()).await;
        let together = rules(&[(P1, &first), (P1, &beside), (P2, &first)]);
        let refused = channel::save_rules(hub, &rosa.viewer, &together).await;
        assert_eq!(refused.fields(), ["P1"], "they fail together");
        channel::remove(hub, &rosa.viewer, &beside).await.unwrap();
        c.is(Manner::Status(500));
        let third = channel::add_webhook(hub, &rosa.acts(), &c.url()).await.unwrap();
        assert_eq!((third.channel.verified, third.failure.as_deref()), (false, Some("it answers 500")));
        let third = third.channel.id;
        let refused = channel::save_rules(hub, &rosa.viewer, &rules(&[(P1, &first), (P1, &third), (P2, &first)])).await;
        assert_eq!(refused.fields(), ["P1"], "what is not proven does not count");
        assert_eq!(refused.unwrap_err().to_string(),
            "P1: Priority 1 needs two verified channels at least, of different kinds or hosts.");
        let (_, theirs) = { let ravi = house.hub.person("ravi"); (ravi, house.webhook(ravi, &c_ok(&c)).await.0) };
        let refused = channel::save_rules(hub, &rosa.viewer, &rules(&[(P1, &first), (P1, &theirs), (P2, &first)])).await;
        assert_eq!(refused.fields(), ["P1"], "another's does not count either");
        assert!(!channel::channels(hub, &rosa.viewer).await.unwrap().chose, "nothing was kept");
        let good = rules(&[(P1, &first), (P1, &second), (P2, &second), (P5, &first)]);
        channel::save_rules(hub, &rosa.viewer, &good).await.unwrap();
        let reach = channel::channels(hub, &rosa.viewer).await.unwrap();
        assert!(reach.chose);
        assert_eq!(reach.rules[1], (P2, vec![second.clone()]));
        house.emergency("Two of them").await;
        house.carries_out().await;
        assert_eq!((a.got().len(), b.got().len()), (2, 3));
        // One of two is gone: whatever there is is told, and she is asked to choose anew.
        channel::remove(hub, &rosa.viewer, &first).await.unwrap();
        house.emergency("One of them").await;
        house.carries_out().await;
        assert_eq!((a.got().len(), b.got().len()), (2, 4));
    }

    async fn a_channel_is_its_persons_alone(engine: Engine) {
        let (house, pager) = (House::new(engine, None).await, Receiver::start().await);
        let hub = &house.hub.hub;
        let (id, _) = house.webhook(&house.rosa, &pager.url()).await;
        let [ravi, ana, uma] = house.hub.cast(["ravi", "ana", "uma"]);
        assert!(channel::remove(hub, &ravi.viewer, &id).await.is_not_found());
        assert!(channel::test(hub, &ravi.viewer, &id).await.is_not_found());
        assert!(channel::verify_again(hub, &ravi.viewer, &id).await.is_not_found());
        assert!(channel::webhooks(hub, &ravi.viewer).await.unwrap().is_empty());
        for nobody in [&ana, &uma] {
            assert!(channel::add_webhook(hub, &nobody.acts(), &pager.url()).await.is_forbidden());
            assert!(channel::save_rules(hub, &nobody.viewer, &[]).await.is_forbidden());
        }
        assert_eq!(pager.got().len(), 1);
        assert_eq!(channel::test(hub, &house.rosa.viewer, &id).await.unwrap(), None);
        assert_eq!(pager.got()[1].json()["type"], "test");
        pager.is(Manner::Status(500));
        let failed = channel::test(hub, &house.rosa.viewer, &id).await.unwrap();
        assert_eq!(failed.as_deref(), Some("it answers 500"));
        let shown = &channel::webhooks(hub, &house.rosa.viewer).await.unwrap()[0];
        assert_eq!(shown.failed.as_ref().map(|failed| failed.why.as_str()), Some("it answers 500"));
    }
}

fn c_ok(receiver: &Receiver) -> String {
    receiver.is(Manner::Status(200));
    receiver.url()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_has_more_than_ten_or_tries_them_all_day() {
    let (house, pager) = (House::new(Engine::Sqlite, None).await, Receiver::start().await);
    let (hub, rosa) = (&house.hub.hub, &house.rosa);
    for _ in 0..10 {
        house.webhook(rosa, &pager.url()).await;
    }
    assert_eq!(channel::add_webhook(hub, &rosa.acts(), &pager.url()).await.fields(), ["url"]);
    let id = channel::webhooks(hub, &rosa.viewer).await.unwrap()[0].id.clone();
    for _ in 0..20 {
        channel::test(hub, &rosa.viewer, &id).await.unwrap();
    }
    assert_eq!(channel::test(hub, &rosa.viewer, &id).await.fields(), ["channel"], "thirty an hour, all together");
}
