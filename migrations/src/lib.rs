//! The database schema, one change a file, for SQLite and PostgreSQL from one source. Changes only go forward.

mod build;
mod m20261125_000001_instance;
mod m20261125_000002_authorities;
mod m20261125_000003_people;
mod m20261125_000004_elections;
mod m20261125_000005_incidents;
mod m20261125_000006_events;
mod m20261125_000007_duty;
mod m20261125_000008_marks;
mod m20261128_000009_marks_of_both;
mod m20261128_000010_chain;
mod m20261128_000011_rota;
mod m20261128_000012_notify;
mod m20261128_000014_policies;

pub use sea_orm_migration::{MigratorTrait, prelude::DbErr};

use sea_orm_migration::prelude::*;

/// Brings a database up to date.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261125_000001_instance::Migration),
            Box::new(m20261125_000002_authorities::Migration),
            Box::new(m20261125_000003_people::Migration),
            Box::new(m20261125_000004_elections::Migration),
            Box::new(m20261125_000005_incidents::Migration),
            Box::new(m20261125_000006_events::Migration),
            Box::new(m20261125_000007_duty::Migration),
            Box::new(m20261125_000008_marks::Migration),
            Box::new(m20261128_000009_marks_of_both::Migration),
            Box::new(m20261128_000010_chain::Migration),
            Box::new(m20261128_000011_rota::Migration),
            Box::new(m20261128_000012_notify::Migration),
            Box::new(m20261128_000014_policies::Migration),
        ]
    }
}
