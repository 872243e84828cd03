//! Every page, with example values, rendered: to see that it renders, that it keeps the rules of the house, and to look
//! at. `cargo test --workspace pages` writes them to `target/pages`, with the static tree beside them; any static server
//! of that folder shows them as they are.

use std::fs;
use std::path::{Path, PathBuf};

use askama::Template;
use axum::response::IntoResponse;
use http_body_util::BodyExt;
use jiff::Timestamp;

use crate::incident::{receipt::Receipt, report::Report};
use crate::page::{CallLine, NavFor, Place, Shell, You, initials, nav};
use crate::room::{edit::Edit, view::Room};
use crate::theme::Theme;
use crate::{
    assets, authority, dashboard, demo, duty, election, error_page, gallery, help, home, policy, queue, session,
};

/// The story's moment: 02:14 in Alder County, six days before its election.
fn now() -> Timestamp {
    "2026-10-28T07:14:08Z".parse().unwrap()
}

/// The frame before sign-in.
pub(crate) fn public(title: &str) -> Shell {
    Shell::public(title, CallLine::new("+1 999 555 0142"), false, Theme::System, now())
}

/// The frame as Ana sees it.
pub(crate) fn official(title: &str, at: Place) -> Shell {
    let viewer = you("Ana Reyes", "Official lead", "Alder County", false);
    Shell { viewer: Some(viewer), nav: nav(NavFor::Official("alder-county"), at), ..public(title) }
}

/// The frame as Rosa sees it.
pub(crate) fn responder(title: &str, at: Place) -> Shell {
    let viewer = you("Rosa Field", "Responder", "Response team", true);
    Shell { viewer: Some(viewer), nav: nav(NavFor::Response, at), ..public(title) }
}

fn you(name: &str, role: &str, office: &str, response_side: bool) -> You {
    You {
        id: 7,
        name: name.to_owned(),
        initials: initials(name),
        office: office.to_owned(),
        role: role.to_owned(),
        response_side,
    }
}

fn in_demo(shell: Shell) -> Shell {
    Shell { demo: true, ..shell }
}

fn waiting(shell: Shell) -> Shell {
    Shell { waiting: 1, ..shell }
}

async fn html(answer: impl IntoResponse) -> String {
    let bytes = answer.into_response().into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Every page by the name of its file.
async fn all() -> Vec<(&'static str, String)> {
    vec![
        ("404", html(error_page::NotFound::page(public(""))).await),
        ("404-responder", html(error_page::NotFound::page(responder("", Place::Elsewhere))).await),
        (
            "403",
            html(error_page::Forbidden::page(
                official("", Place::Elsewhere),
                "Only a shift lead can lower a priority. Ask Lena Ortiz.",
            ))
            .await,
        ),
        (
            "503",
            html(error_page::Failed::page(
                official("", Place::Elsewhere),
                axum::http::StatusCode::SERVICE_UNAVAILABLE,
                "The hub is busy",
                "Nothing was saved. Wait ten seconds and send it again; your text is still in the field.",
                Some("0190f2b4-5b1e".to_owned()),
            ))
            .await,
        ),
        ("sign-in", session::SignIn::sample(public("Sign in")).render().unwrap()),
        ("sign-in-demo", session::SignIn::sample(in_demo(public("Sign in"))).render().unwrap()),
        ("sign-in-all", session::SignIn::sample_with_everything(public("Sign in")).render().unwrap()),
        ("link", session::LinkPage::sample(public("Sign in as Ana Reyes")).render().unwrap()),
        ("first-run", session::FirstRun::sample(official("Welcome", Place::Home)).render().unwrap()),
        ("demo", demo::Personas::sample(in_demo(public("Demonstration accounts"))).render().unwrap()),
        ("persona", demo::PersonaPage::sample(in_demo(public("Sign in as Ana Reyes"))).render().unwrap()),
        ("gallery", gallery::Gallery::sample(official("Components", Place::Elsewhere)).render().unwrap()),
        (
            "gallery-exercise",
            gallery::Gallery::sample(Shell { exercise: true, ..responder("Components", Place::Queue) })
                .render()
                .unwrap(),
        ),
        ("incidents", home::Incidents::sample(official("Our incidents", Place::Home)).render().unwrap()),
        ("queue", queue::view::Queue::sample(waiting(responder("All open", Place::Queue))).render().unwrap()),
        ("queue-empty", queue::view::Queue::sample_empty(responder("All open", Place::Queue)).render().unwrap()),
        ("dashboard", dashboard::view::Dashboard::sample(responder("Dashboard", Place::Dashboard)).render().unwrap()),
        (
            "dashboard-quiet",
            dashboard::view::Dashboard::sample_quiet(responder("Dashboard", Place::Dashboard)).render().unwrap(),
        ),
        (
            "authorities",
            authority::view::Authorities::sample(responder("Authorities", Place::Authorities)).render().unwrap(),
        ),
        (
            "authorities-admin",
            authority::view::Authorities::sample_for_admin(responder("Authorities", Place::Authorities))
                .render()
                .unwrap(),
        ),
        (
            "authority",
            authority::view::Authority::sample(responder("Alder County", Place::Authorities)).render().unwrap(),
        ),
        (
            "authority-outside",
            authority::view::Authority::sample_from_outside(official("Alder County", Place::Authorities))
                .render()
                .unwrap(),
        ),
        ("elections", election::view::Elections::sample(official("Elections", Place::Elections)).render().unwrap()),
        (
            "elections-responder",
            election::view::Elections::sample(responder("Elections", Place::Elections)).render().unwrap(),
        ),
        (
            "elections-empty",
            election::view::Elections::sample_empty(responder("Elections", Place::Elections)).render().unwrap(),
        ),
        (
            "election",
            election::view::Election::sample(official("Alder County general", Place::Elections)).render().unwrap(),
        ),
        (
            "election-responder",
            election::view::Election::sample(responder("Alder County general", Place::Elections)).render().unwrap(),
        ),
        (
            "election-edit",
            election::forms::Edit::sample(official("Edit Alder County general", Place::Elections)).render().unwrap(),
        ),
        (
            "election-edit-refused",
            election::forms::Edit::sample_refused(responder("Add an election", Place::Elections)).render().unwrap(),
        ),
        (
            "election-extend",
            election::forms::Extend::sample(official("Extend a close", Place::Elections)).render().unwrap(),
        ),
        (
            "election-extend-refused",
            election::forms::Extend::sample_refused(responder("Extend a close", Place::Elections)).render().unwrap(),
        ),
        (
            "election-moved",
            election::view::Moved::sample(responder("Early voting today now closes at 20:00", Place::Elections))
                .render()
                .unwrap(),
        ),
        (
            "election-moved-none",
            election::view::Moved::sample_none(official("Early voting today now closes at 20:00", Place::Elections))
                .render()
                .unwrap(),
        ),
        ("policy", policy::view::Policy::sample(responder("Policy", Place::Elsewhere)).render().unwrap()),
        ("policy-official", policy::view::Policy::sample(official("Policy", Place::Elsewhere)).render().unwrap()),
        (
            "policy-proposed",
            policy::view::Policy::sample_proposed(responder("Policy 2027-01-15", Place::Elsewhere)).render().unwrap(),
        ),
        ("policy-edit", policy::view::Edit::sample(responder("Write a policy", Place::Elsewhere)).render().unwrap()),
        (
            "policy-edit-refused",
            policy::view::Edit::sample_refused(responder("Write a policy", Place::Elsewhere)).render().unwrap(),
        ),
        ("policy-move", policy::view::Moving::sample(responder("Move incidents", Place::Elsewhere)).render().unwrap()),
        (
            "policy-move-none",
            policy::view::Moving::sample_none(responder("Move incidents", Place::Elsewhere)).render().unwrap(),
        ),
        ("duty", duty::view::Duty::sample(responder("Duty", Place::Elsewhere)).render().unwrap()),
        ("duty-refused", duty::view::Duty::sample_refused(responder("Duty", Place::Elsewhere)).render().unwrap()),
        ("duty-empty", duty::view::Duty::sample_empty(responder("Duty", Place::Elsewhere)).render().unwrap()),
        ("handover", duty::view::Handover::sample(responder("Hand-over", Place::Duty)).render().unwrap()),
        ("handover-done", duty::view::Handover::sample_done(responder("Hand-over", Place::Duty)).render().unwrap()),
        ("feed", duty::view::Feed::sample(responder("Calendar address", Place::Duty)).render().unwrap()),
        ("home", home::Home::sample(official("Home", Place::Home)).render().unwrap()),
        ("home-quiet", home::Home::sample_quiet(official("Home", Place::Home)).render().unwrap()),
        ("report", Report::sample(official("Report an incident", Place::Incidents)).render().unwrap()),
        ("report-again", Report::sample_again(official("Report an incident", Place::Incidents)).render().unwrap()),
        ("report-by-phone", Report::sample_by_phone(responder("Report an incident", Place::Queue)).render().unwrap()),
        ("receipt", Receipt::sample(official("ALD-42", Place::Elsewhere)).render().unwrap()),
        ("receipt-nobody", Receipt::sample_nobody(official("ALD-42", Place::Elsewhere)).render().unwrap()),
        ("room-official", Room::sample_official(official("ALD-42", Place::Elsewhere)).render().unwrap()),
        ("room-responder", Room::sample_responder(responder("ALD-42", Place::Queue)).render().unwrap()),
        ("room-new", Room::sample_new(responder("ALD-42", Place::Queue)).render().unwrap()),
        ("room-unseen", Room::sample_unseen(responder("ALD-42", Place::Queue)).render().unwrap()),
        ("room-closed", Room::sample_closed(official("ALD-42", Place::Elsewhere)).render().unwrap()),
        ("room-exercise", Room::sample_exercise(responder("X-ALD-7", Place::Queue)).render().unwrap()),
        ("room-auditor", Room::sample_auditor(responder("ALD-42", Place::Queue)).render().unwrap()),
        ("edit", Edit::sample(official("Correct ALD-42", Place::Elsewhere)).render().unwrap()),
        ("edit-stale", Edit::sample_stale(responder("Correct ALD-42", Place::Queue)).render().unwrap()),
        ("help", help::Help::new(official("", Place::Elsewhere)).render().unwrap()),
    ]
}

#[tokio::test]
async fn pages_render_and_keep_the_rules() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/pages");
    copy_static(&folder);
    for (name, html) in all().await {
        fs::write(folder.join(name).with_extension("html"), &html).unwrap();
        check(name, &html);
    }
}

/// What the policy would drop, and what a page must have.
fn check(name: &str, html: &str) {
    assert_eq!(html.matches("<h1").count(), 1, "{name}: one h1");
    assert_eq!(html.matches("id=\"main\"").count(), 1, "{name}: the skip link leads to main");
    assert!(html.trim_start().starts_with("<!doctype html>"), "{name}: standards mode");
    for banned in
        [" style=", "<style", " onclick", " onload", " onsubmit", " onchange", "javascript:", "http://", "https://"]
    {
        assert!(!html.contains(banned), "{name}: {banned}");
    }
    for script in html.split("<script").skip(1) {
        assert!(script.contains(" src=\""), "{name}: an inline script");
    }
    let ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    for id in &ids {
        assert_eq!(ids.iter().filter(|other| other == &id).count(), 1, "{name}: id {id} twice");
    }
    for attribute in ["for=\"", "aria-labelledby=\"", "aria-describedby=\"", "popovertarget=\""] {
        for named in
            html.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()).flat_map(str::split_whitespace)
        {
            assert!(ids.contains(&named), "{name}: {attribute}{named}\" leads nowhere");
        }
    }
    for icon in html.split(assets::ICONS).skip(1).filter_map(|rest| rest.strip_prefix('#')?.split('"').next()) {
        assert!(SPRITE.contains(&format!("<symbol id=\"{icon}\"")), "{name}: there is no icon {icon}");
    }
}

const SPRITE: &str = include_str!("../../static/icons/icons.svg");

/// The static tree under its address, joined styles included.
fn copy_static(folder: &Path) {
    for (path, bytes) in assets::all() {
        let target: PathBuf = folder.join(assets::url(path).trim_start_matches('/'));
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(target, bytes).unwrap();
    }
}

/// A phone at 2 a.m. gets the first page, its styles, its icons and its scripts in 60 KB.
#[tokio::test]
async fn the_first_page_is_small_on_the_wire() {
    use axum::body::Body;
    use axum::http::{Request, header};
    use tower::ServiceExt;
    use tower_http::compression::CompressionLayer;

    let app = assets::tests::routes()
        .route("/", axum::routing::get(async || crate::page::Page::ok(session::SignIn::sample(public("Sign in")))))
        .layer(CompressionLayer::new());
    let mut total = 0;
    let scripts = assets::all().map(|(path, _)| path).filter(|path| path.starts_with("js/"));
    let wanted = ["/".to_owned(), assets::url("css/hub.css"), assets::url("icons/icons.svg")]
        .into_iter()
        .chain(scripts.map(assets::url));
    for uri in wanted {
        let ask = Request::get(&uri).header(header::ACCEPT_ENCODING, "gzip").body(Body::empty()).unwrap();
        let answer = app.clone().oneshot(ask).await.unwrap();
        assert!(answer.status().is_success(), "{uri}");
        total += answer.into_body().collect().await.unwrap().to_bytes().len();
    }
    assert!(total <= 60 * 1024, "{total} bytes");
}

#[tokio::test]
async fn not_found_is_one_page_for_every_reason() {
    let page = html(error_page::NotFound::page(official("the room of ALD-42", Place::Queue))).await;
    assert_eq!(page, html(error_page::NotFound::page(official("anything", Place::Queue))).await);
    assert!(!page.contains("ALD-42"));
}
