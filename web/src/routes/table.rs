//! The route table as data. A route is registered with who may come, how it is kept from other sites, and a sample of
//! a lawful request; one without them does not compile. The router, `election-hub routes` and the test of strangers
//! are all made from this one table.

use std::collections::HashMap;

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, on};
use hub::identity::Role;
use serde_json::{Value, json};

use crate::app::App;
pub use crate::security::guard::Access;
use crate::security::guard::{Csrf, Pace, Rules, guard};

/// A lawful request, in words of the demonstration's world.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// The named parts of the path.
    pub params: &'static [(&'static str, &'static str)],
    /// The body as JSON; a form's as the fields of its JSON.
    pub body: Option<&'static str>,
}

impl Sample {
    /// No parts, no body.
    pub const NONE: Self = Self { params: &[], body: None };

    /// Parts of the path.
    pub const fn of(params: &'static [(&'static str, &'static str)]) -> Self {
        Self { params, body: None }
    }

    /// The same with a body.
    pub const fn with(self, body: &'static str) -> Self {
        Self { params: self.params, body: Some(body) }
    }
}

/// One route.
#[derive(Debug, Clone)]
pub struct Route {
    /// Its method.
    pub method: Method,
    /// Its pattern.
    pub path: &'static str,
    /// What it asks of whoever comes.
    pub rules: Rules,
    /// A lawful request.
    pub sample: Sample,
}

/// All routes, as they are registered.
#[derive(Debug, Default)]
pub struct Table {
    routes: Vec<Route>,
    router: Router<App>,
}

macro_rules! methods {
    ($($(#[doc = $words:literal])+ $name:ident $method:ident $csrf:ident $pace:ident;)+) => {
        impl Table {
            $($(#[doc = $words])+
            pub fn $name<H, T>(self, path: &'static str, access: Access, sample: Sample, handler: H) -> Self
            where
                H: Handler<T, App>,
                T: 'static,
            {
                let rules = Rules { access, csrf: Csrf::$csrf, pace: Pace::$pace };
                self.add(Method::$method, MethodFilter::$method, path, rules, sample, handler)
            })+
        }
    };
}

methods! {
    /// Reads.
    get GET Reads Usual;
    /// Reads for as long as it takes: files, long polls.
    get_slowly GET Reads Slow;
    /// Changes something.
    post POST Changes Usual;
    /// Takes a file, for as long as it takes.
    upload POST Changes Slow;
    /// Changes one thing, `If-Match` its version.
    patch PATCH Changes Usual;
    /// Ends one thing.
    delete DELETE Changes Usual;
    /// Opens a live socket.
    socket GET Socket Slow;
    /// Takes what anybody may send and what does nothing for them.
    drop_box POST Open Usual;
}

impl Table {
    fn add<H, T>(
        mut self,
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        rules: Rules,
        sample: Sample,
        handler: H,
    ) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.routes.push(Route { method, path, rules, sample });
        self.router = self.router.route(path, on(filter, handler).route_layer(from_fn_with_state(rules, guard)));
        self
    }

    /// The routes of a module as well.
    pub fn with(self, routes: impl FnOnce(Self) -> Self) -> Self {
        routes(self)
    }

    /// The routes of another table as well.
    pub fn and(mut self, other: Self) -> Self {
        self.routes.extend(other.routes);
        self.router = self.router.merge(other.router);
        self
    }

    /// The methods of each address, as `Allow` names them.
    pub(super) fn allowed(&self) -> HashMap<&'static str, String> {
        let mut allowed = HashMap::<&'static str, String>::new();
        for route in &self.routes {
            let methods = allowed.entry(route.path).or_default();
            let comma = if methods.is_empty() { "" } else { ", " };
            let head = if route.method == Method::GET { ", HEAD" } else { "" };
            methods.push_str(&format!("{comma}{}{head}", route.method));
        }
        allowed
    }

    /// All routes, as they were registered.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The router, without the layers that stand before all routes.
    pub(super) fn into_router(self) -> Router<App> {
        self.router
    }
}

impl Access {
    /// Who may, as `routes --json` names them: `public`, or roles.
    pub fn names(self) -> Vec<&'static str> {
        let roles = match self {
            Self::Public => return vec!["public"],
            Self::SignedIn => Role::ALL,
            Self::Roles(roles) | Self::Reach(roles) => roles,
        };
        roles.iter().map(|role| role.code()).collect()
    }
}

impl Route {
    /// As `routes --json` shows it.
    pub fn json(&self) -> Value {
        let params: serde_json::Map<String, Value> =
            self.sample.params.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
        json!({
            "method": self.method.as_str(),
            "path": self.path,
            "access": self.rules.access.names(),
            "csrf": matches!(self.rules.csrf, Csrf::Changes | Csrf::Socket),
            "sample": {"params": params, "body": self.body()},
        })
    }

    /// The sample's body.
    pub fn body(&self) -> Value {
        self.sample.body.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    /// The test of strangers walks the samples, so each must fill its path, and its body must be JSON.
    #[test]
    fn every_route_has_a_sample_that_fits() {
        for route in crate::routes::table().routes() {
            let named: Vec<&str> = route
                .path
                .split('/')
                .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
                .map(|name| name.trim_start_matches('*'))
                .collect();
            let sampled: Vec<&str> = route.sample.params.iter().map(|(name, _)| *name).collect();
            assert_eq!(named, sampled, "{} {}", route.method, route.path);
            assert!(route.sample.body.is_none() || !route.body().is_null(), "{} {}", route.method, route.path);
        }
    }

    #[test]
    fn no_route_stands_twice() {
        let table = crate::routes::table();
        let mut all: Vec<String> =
            table.routes().iter().map(|route| format!("{} {}", route.method, route.path)).collect();
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
