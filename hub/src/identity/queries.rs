//! Whether somebody who came in may still be here: asked again and again for as long as a live socket is open.

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, QueryFilter};

use super::session::idle;
use super::{Person, Viewer};
use super::{person::row as person, session::row as session_row, token::row as token};
use crate::error::Result;
use crate::id;
use crate::store::Db;
use crate::time::Ts;

/// How many are looked up in one query.
const AT_ONCE: usize = 500;

/// What somebody came in with, by what the database holds of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Credential {
    /// A session, by its key.
    Session(i64),
    /// A bearer token, by its hash.
    Token(String),
}

impl Credential {
    /// The bearer token with this secret.
    pub fn token(secret: &str) -> Self {
        Self::Token(id::secret_hash(secret))
    }
}

/// Who this is now: none once the session or token has ended, or the person is shut out. Looking is no use of it: a
/// session falls idle under an open socket as it does under an open page.
///
/// # Errors
/// If the database does not answer.
pub async fn still(db: &Db, credential: &Credential, now: Ts) -> Result<Option<Viewer>> {
    Ok(standing(db, std::slice::from_ref(credential), now).await?.remove(credential))
}

/// Who they are now, those of many that may still be here.
pub(crate) async fn standing(db: &Db, all: &[Credential], now: Ts) -> Result<HashMap<Credential, Viewer>> {
    let system = Viewer::system("looking whether they may still be here");
    let reader = db.read(&system);
    let mut good = Vec::new();
    for some in all.chunks(AT_ONCE) {
        let sessions: Vec<i64> =
            some.iter().filter_map(|one| if let Credential::Session(id) = one { Some(*id) } else { None }).collect();
        let tokens: Vec<&str> = some
            .iter()
            .filter_map(|one| if let Credential::Token(hash) = one { Some(hash.as_str()) } else { None })
            .collect();
        if !sessions.is_empty() {
            let open = Condition::all()
                .add(session_row::Column::Id.is_in(sessions))
                .add(session_row::Column::EndedAt.is_null())
                .add(session_row::Column::ExpiresAt.gt(now))
                .add(person::enabled());
            let rows = reader.instance::<session_row::Entity>().filter(open);
            let rows = rows.with::<person::Entity>(session_row::whose()).await?;
            good.extend(rows.into_iter().map(|(row, whose)| (Credential::Session(row.id), whose, Some(row.seen_at))));
        }
        if !tokens.is_empty() {
            let open = Condition::all()
                .add(token::Column::Hash.is_in(tokens))
                .add(token::Column::RevokedAt.is_null())
                .add(token::Column::ExpiresAt.gt(now))
                .add(person::enabled());
            let rows = reader.instance::<token::Entity>().filter(open);
            let rows = rows.with::<person::Entity>(token::whose()).await?;
            good.extend(rows.into_iter().map(|(row, whose)| (Credential::Token(row.hash), whose, None)));
        }
    }
    let here = good.into_iter().filter_map(|(credential, whose, seen)| {
        let person = Person::from(whose);
        let fell_idle = seen.zip(idle(person.role)).is_some_and(|(seen, idle)| seen.plus(idle) <= now);
        (!fell_idle).then(|| (credential, person.viewer()))
    });
    Ok(here.collect())
}

/// Who these are now, by key: those of them who are not shut out.
pub(crate) async fn viewers(db: &Db, ids: impl IntoIterator<Item = i64>) -> Result<HashMap<i64, Viewer>> {
    let system = Viewer::system("looking who is in a room");
    let (reader, ids) = (db.read(&system), ids.into_iter().collect::<Vec<_>>());
    let mut viewers = HashMap::new();
    for some in ids.chunks(AT_ONCE) {
        let may = person::enabled().add(person::Column::Id.is_in(some.iter().copied()));
        let rows = reader.instance::<person::Entity>().filter(may).all().await?;
        viewers.extend(rows.into_iter().map(|row| (row.id, Person::from(row).viewer())));
    }
    Ok(viewers)
}

/// Keeps a session awake whose person did something over a live socket.
///
/// # Errors
/// If the database is busy.
pub async fn used(db: &Db, credential: &Credential, now: Ts) -> Result<()> {
    let Credential::Session(id) = credential else { return Ok(()) };
    let system = Viewer::system("keeping a session awake");
    let late = Condition::all()
        .add(session_row::Column::Id.eq(*id))
        .add(session_row::Column::EndedAt.is_null())
        .add(session_row::Column::SeenAt.lte(now.plus(-super::session::SEEN)));
    if db.read(&system).instance::<session_row::Entity>().filter(late.clone()).one().await?.is_none() {
        return Ok(());
    }
    let desk = db.desk().await?;
    desk.update::<session_row::Entity>(|rows| {
        rows.col_expr(session_row::Column::SeenAt, Expr::value(now)).filter(late)
    })
    .await?;
    desk.commit().await
}
