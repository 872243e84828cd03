//! `user` and `token`: beside a running hub as well.

use clap::Subcommand;
use hub::config::Config;
use hub::identity::{self, NewPerson, Role};
use hub::store::Db;
use hub::time::{Clock, Ts};

use super::serve::Served;
use super::{Place, Stop, open, say};
use crate::security::origin::Origins;

#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Adds a person.
    Add {
        /// Their address: names them in commands.
        email: String,
        /// In full.
        #[arg(long)]
        name: String,
        /// official, official_lead, responder, shift_lead, supervisor, auditor or admin.
        #[arg(long)]
        role: Role,
        /// The slug of their authority, for officials.
        #[arg(long, value_name = "SLUG")]
        authority: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Lists everybody.
    List(Place),
    /// Shuts a person out; their sessions and tokens end.
    Disable {
        /// Their address.
        email: String,
        #[command(flatten)]
        place: Place,
    },
    /// Prints a link that signs them in once, within 15 minutes.
    Link {
        /// Their address.
        email: String,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Makes a token and prints it, alone and only now.
    Create {
        /// Whose.
        email: String,
        /// Days until it ends, 90 at most.
        #[arg(long, default_value_t = 30)]
        days: i64,
        #[command(flatten)]
        place: Place,
    },
    /// Lists all tokens.
    List(Place),
    /// Ends a token.
    Revoke {
        /// Its number in the list.
        id: i64,
        #[command(flatten)]
        place: Place,
    },
}

impl User {
    pub(super) async fn run(self) -> Result<(), Stop> {
        match self {
            Self::Add { email, name, role, authority, place } => {
                let (db, _, now) = at(&place).await?;
                let new = NewPerson { email: &email, name: &name, role, authority: authority.as_deref() };
                let person = identity::add_person(&db, &new, now).await?;
                say(format_args!("added {}", person.email));
            }
            Self::List(place) => {
                let (db, ..) = at(&place).await?;
                for person in identity::people(&db).await? {
                    let state = if person.disabled { "disabled" } else { "active" };
                    let (role, name, office) = (person.role.code(), person.name, person.office);
                    say(format_args!("{}\t{role}\t{state}\t{name}\t{office}", person.email));
                }
            }
            Self::Disable { email, place } => {
                let (db, _, now) = at(&place).await?;
                known(identity::disable_person(&db, &email, now).await, &email)?;
                say(format_args!("disabled {email}"));
            }
            Self::Link { email, place } => {
                let (db, config, now) = at(&place).await?;
                let link = known(identity::make_link(&db, &email, now).await, &email)?;
                let here = || Origins::new(config.public_url.as_ref(), config.listen.port()).public_url();
                let url = Served::read(&config.data_dir).unwrap_or_else(here);
                say(format_args!("{url}/sign-in/{}", link.text));
            }
        }
        Ok(())
    }
}

impl Token {
    pub(super) async fn run(self) -> Result<(), Stop> {
        match self {
            Self::Create { email, days, place } => {
                let (db, config, now) = at(&place).await?;
                let most = config.limits.token_days;
                let token = known(identity::make_token_within(&db, &email, days, most, now).await, &email)?;
                say(token.text);
            }
            Self::List(place) => {
                let (db, _, now) = at(&place).await?;
                for token in identity::tokens(&db).await? {
                    let state = match () {
                        () if token.revoked => "revoked",
                        () if token.expires_at <= now => "ended",
                        () => "good",
                    };
                    say(format_args!("{}\t{}\t{state}\tuntil {}", token.id, token.email, token.expires_at));
                }
            }
            Self::Revoke { id, place } => {
                let (db, _, now) = at(&place).await?;
                let done = identity::revoke_token(&db, id, now).await;
                done.map_err(|error| match error {
                    hub::Error::NotFound => Stop::Failed(format!("there is no token {id}; see token list")),
                    other => other.into(),
                })?;
                say(format_args!("revoked {id}"));
            }
        }
        Ok(())
    }
}

/// The database of the settings, up to date, and the machine's instant.
async fn at(place: &Place) -> Result<(Db, Config, Ts), Stop> {
    let config = place.config(&[], &[])?;
    let db = open(&config).await?;
    if !db.pending().await?.is_empty() {
        db.migrate().await?;
    }
    Ok((db, config, Clock::machine().now()))
}

fn known<T>(done: hub::Result<T>, email: &str) -> Result<T, Stop> {
    done.map_err(|error| match error {
        hub::Error::NotFound => Stop::Failed(format!("there is nobody with the address {email}; see user list")),
        other => other.into(),
    })
}
