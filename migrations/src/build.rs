//! Words that the changes share: columns, keys, and a change that is made of statements.

use sea_orm_migration::prelude::*;

/// A change: its statements run in one transaction, in order. There is no way back: a backup is the way back.
macro_rules! change {
    ($name:literal, $statements:expr) => {
        /// The change of this file.
        #[derive(Debug)]
        pub struct Migration;

        impl sea_orm_migration::prelude::MigrationName for Migration {
            fn name(&self) -> &str {
                $name
            }
        }

        #[sea_orm_migration::async_trait::async_trait]
        impl sea_orm_migration::prelude::MigrationTrait for Migration {
            fn use_transaction(&self) -> Option<bool> {
                Some(true)
            }

            async fn up(
                &self,
                manager: &sea_orm_migration::prelude::SchemaManager,
            ) -> Result<(), sea_orm_migration::prelude::DbErr> {
                for statement in $statements {
                    $crate::build::run(manager, statement).await?;
                }
                Ok(())
            }
        }
    };
}
pub(crate) use change;

/// One statement of a change.
pub(crate) enum Step {
    Table(Box<TableCreateStatement>),
    Index(Box<IndexCreateStatement>),
    Gone(Box<TableDropStatement>),
    More(Box<TableAlterStatement>),
    Rows(Box<UpdateStatement>),
}

pub(crate) async fn run(manager: &SchemaManager<'_>, step: Step) -> Result<(), DbErr> {
    match step {
        Step::Table(table) => manager.create_table(*table).await,
        Step::Index(index) => manager.create_index(*index).await,
        Step::Gone(table) => manager.drop_table(*table).await,
        Step::More(table) => manager.alter_table(*table).await,
        Step::Rows(rows) => manager.execute(*rows).await,
    }
}

/// A table of these columns, completed by `more` (keys, references).
pub(crate) fn table(name: &'static str, columns: Vec<ColumnDef>, more: impl FnOnce(&mut TableCreateStatement)) -> Step {
    let mut table = Table::create();
    table.table(Alias::new(name));
    for column in columns {
        table.col(column);
    }
    more(&mut table);
    Step::Table(Box::new(table))
}

/// A table no longer, with all that is in it.
pub(crate) fn gone(name: &'static str) -> Step {
    Step::Gone(Box::new(Table::drop().table(Alias::new(name)).to_owned()))
}

/// One more column of a table that is there.
pub(crate) fn more(name: &'static str, column: ColumnDef) -> Step {
    Step::More(Box::new(Table::alter().table(Alias::new(name)).add_column(column).to_owned()))
}

/// A column of all rows becomes what another one is.
pub(crate) fn becomes(name: &'static str, column: &'static str, other: &'static str) -> Step {
    let rows =
        Query::update().table(Alias::new(name)).value(Alias::new(column), Expr::col(Alias::new(other))).to_owned();
    Step::Rows(Box::new(rows))
}

/// An index that makes reading quick.
pub(crate) fn index(table: &'static str, columns: &[&'static str]) -> Step {
    Step::Index(Box::new(keyed(table, columns)))
}

/// An index that two equal rows break.
pub(crate) fn unique(table: &'static str, columns: &[&'static str]) -> Step {
    Step::Index(Box::new(keyed(table, columns).unique().to_owned()))
}

fn keyed(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{}", columns.join("_"))).table(Alias::new(table));
    for column in columns {
        index.col(Alias::new(*column));
    }
    index
}

/// The key of a table of rows that nobody outside names.
pub(crate) fn key() -> ColumnDef {
    ColumnDef::new(Alias::new("id")).big_integer().not_null().primary_key().auto_increment().to_owned()
}

/// Text that is there.
pub(crate) fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).text().not_null().to_owned()
}

/// Text that may be missing.
pub(crate) fn maybe_text(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).text().null().to_owned()
}

/// Text that is there, and what it is in rows from before.
pub(crate) fn text_or(name: &'static str, before: &'static str) -> ColumnDef {
    text(name).default(before).to_owned()
}

/// A number that is there, and what it is in rows from before.
pub(crate) fn number_or(name: &'static str, before: i64) -> ColumnDef {
    number(name).default(before).to_owned()
}

/// A whole number, an instant (milliseconds since 1970) or a reference.
pub(crate) fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).big_integer().not_null().to_owned()
}

/// The same, where it may be missing.
pub(crate) fn maybe_number(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).big_integer().null().to_owned()
}

/// Yes or no.
pub(crate) fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).boolean().not_null().to_owned()
}

/// Bytes that may be missing.
pub(crate) fn maybe_bytes(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).binary().null().to_owned()
}

/// A reference that must lead somewhere.
pub(crate) fn refers(from: &[&'static str], table: &'static str, to: &[&'static str]) -> ForeignKeyCreateStatement {
    let mut reference = ForeignKey::create();
    for column in from {
        reference.from_col(Alias::new(*column));
    }
    reference.to_tbl(Alias::new(table));
    for column in to {
        reference.to_col(Alias::new(*column));
    }
    reference
}

/// A primary key of several columns.
pub(crate) fn primary(columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    for column in columns {
        index.col(Alias::new(*column));
    }
    index.primary();
    index
}

/// A key of several columns that references may name.
pub(crate) fn unique_key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    for column in columns {
        index.col(Alias::new(*column));
    }
    index.unique();
    index
}
