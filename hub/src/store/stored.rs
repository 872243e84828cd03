//! How our values stand in a column: instants as milliseconds, codes as text.

use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr};
use sea_orm::{ActiveValue, ColIdx, DbErr, IntoActiveValue, QueryResult, TryGetError, TryGetable, Value};

use crate::time::Ts;

impl From<Ts> for Value {
    fn from(at: Ts) -> Self {
        Value::BigInt(Some(at.millis()))
    }
}

impl TryGetable for Ts {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        <i64 as TryGetable>::try_get_by(row, index).map(Ts::from_millis)
    }
}

impl ValueType for Ts {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        <i64 as ValueType>::try_from(value).map(Ts::from_millis)
    }

    fn type_name() -> String {
        "Ts".to_owned()
    }

    fn array_type() -> ArrayType {
        ArrayType::BigInt
    }

    fn column_type() -> ColumnType {
        ColumnType::BigInteger
    }
}

impl Nullable for Ts {
    fn null() -> Value {
        Value::BigInt(None)
    }
}

impl IntoActiveValue<Ts> for Ts {
    fn into_active_value(self) -> ActiveValue<Ts> {
        ActiveValue::Set(self)
    }
}

/// A stored code that no list of ours has: a row of a newer version, or one that was changed by hand.
pub(crate) fn unknown(error: &impl std::fmt::Display) -> TryGetError {
    TryGetError::DbErr(DbErr::Type(error.to_string()))
}

/// Lets lists of codes stand in a text column.
macro_rules! stored_as_text {
    ($($name:ty),+ $(,)?) => {$(
        impl From<$name> for sea_orm::Value {
            fn from(code: $name) -> Self {
                code.code().into()
            }
        }

        impl sea_orm::TryGetable for $name {
            fn try_get_by<I: sea_orm::ColIdx>(
                row: &sea_orm::QueryResult,
                index: I,
            ) -> Result<Self, sea_orm::TryGetError> {
                let code = <String as sea_orm::TryGetable>::try_get_by(row, index)?;
                code.parse().map_err(|error| $crate::store::unknown_code(&error))
            }
        }

        impl sea_orm::sea_query::ValueType for $name {
            fn try_from(value: sea_orm::Value) -> Result<Self, sea_orm::sea_query::ValueTypeErr> {
                let code = <String as sea_orm::sea_query::ValueType>::try_from(value)?;
                code.parse().map_err(|_| sea_orm::sea_query::ValueTypeErr)
            }

            fn type_name() -> String {
                stringify!($name).to_owned()
            }

            fn array_type() -> sea_orm::sea_query::ArrayType {
                sea_orm::sea_query::ArrayType::String
            }

            fn column_type() -> sea_orm::sea_query::ColumnType {
                sea_orm::sea_query::ColumnType::Text
            }
        }

        impl sea_orm::sea_query::Nullable for $name {
            fn null() -> sea_orm::Value {
                sea_orm::Value::String(None)
            }
        }

        impl sea_orm::IntoActiveValue<$name> for $name {
            fn into_active_value(self) -> sea_orm::ActiveValue<$name> {
                sea_orm::ActiveValue::Set(self)
            }
        }
    )+};
}
pub(crate) use stored_as_text;

stored_as_text!(
    crate::identity::Role,
    crate::identity::Audience,
    crate::escalation::Urgency,
    crate::escalation::Priority,
);
