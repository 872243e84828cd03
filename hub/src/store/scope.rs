//! What a table is: rows of authorities, or rows of the hub itself.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait};

use crate::identity::{Reach, Viewer};
use crate::sabotage::Fault;

/// A table whose every row belongs to one authority.
pub(crate) trait Tenanted: EntityTrait {
    /// The column that says to which.
    const AUTHORITY: Self::Column;

    /// Which rows a viewer may read. Whoever overrides this opens a table: the overrides are all in files named `row`.
    fn scope(viewer: &Viewer) -> Condition {
        within::<Self>(viewer)
    }
}

/// The rows of the authorities that the viewer reaches.
fn within<E: Tenanted>(viewer: &Viewer) -> Condition {
    let rows = Condition::all();
    if Fault::DropAuthorityFilter.is_on() {
        return rows;
    }
    match viewer.reach() {
        Reach::All => rows,
        Reach::One(authority) => rows.add(E::AUTHORITY.eq(*authority)),
        Reach::None => rows.add(ExprTrait::eq(Expr::val(1), 0)),
    }
}

/// [`within`] for overrides that go on from it.
pub(crate) fn own<E: Tenanted>(viewer: &Viewer) -> Condition {
    within::<E>(viewer)
}

/// A table of the hub itself: people, sessions, shifts. Nothing of an authority is in it.
pub(crate) trait Instance: EntityTrait {}
