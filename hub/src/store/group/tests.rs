//! What is shared with others is stored with them or not at all, and nobody is told before.

use std::path::PathBuf;

use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel};
use tokio::task::JoinHandle;

use super::*;
use crate::identity::Viewer;
use crate::instance::row;
use crate::store::{Db, Desk};

struct House {
    db: Db,
    folder: PathBuf,
}

impl Drop for House {
    fn drop(&mut self) {
        // What is left is in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl House {
    async fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("hub-group-{}", crate::id::fresh()));
        std::fs::create_dir(&folder).unwrap();
        let db = Db::open(&format!("sqlite://{}", folder.join("hub.db").display()), Bus::local()).await.unwrap();
        db.migrate().await.unwrap();
        Self { db, folder }
    }

    /// Somebody writes a row, together with others, and answers.
    fn writes(&self, name: &'static str, keeps: bool) -> JoinHandle<Result<()>> {
        let db = self.db.clone();
        tokio::spawn(async move {
            let writing = async {
                let desk = db.desk().await?;
                desk.insert(row::Model { name: name.to_owned(), value: String::new() }).await?;
                if keeps { desk.commit().await } else { Ok(()) }
            };
            db.settled(writing).await?
        })
    }

    /// Somebody finds a row that another has just written, and answers without writing anything.
    fn finds(&self, name: &'static str) -> JoinHandle<Result<bool>> {
        let db = self.db.clone();
        tokio::spawn(async move {
            let looking = async {
                let desk = db.desk().await?;
                Ok(desk.find::<row::Entity>().filter(row::named(name)).one().await?.is_some())
            };
            db.settled(looking).await?
        })
    }

    /// Waits until so many wait for their turn.
    async fn waits(&self, count: usize) {
        let group = self.db.group.as_ref().unwrap();
        while group.waiting.load(Ordering::Relaxed) < count {
            tokio::task::yield_now().await;
        }
    }

    /// Takes a turn behind those who wait, in the batch that they are in.
    async fn joins(&self) -> Desk {
        SEEN.scope(RefCell::default(), self.db.desk()).await.unwrap()
    }

    /// Which of these are stored.
    async fn stored(&self, names: &[&'static str]) -> Vec<&'static str> {
        let system = Viewer::system("a test");
        let mut found = Vec::new();
        for name in names {
            let there = self.db.read(&system).instance::<row::Entity>().filter(row::named(name)).one().await.unwrap();
            found.extend(there.map(|_| *name));
        }
        found
    }
}

#[tokio::test]
async fn who_writes_at_the_same_time_shares_a_commit_and_nobody_elses_mistake() {
    let house = House::new().await;
    let first = house.joins().await;
    let good = [house.writes("a", true), house.writes("b", true)];
    house.waits(2).await;
    let (bad, twice) = (house.writes("c", false), house.writes("a", true));
    house.waits(4).await;
    let last = house.writes("d", true);
    house.waits(5).await;
    drop(first);
    let mut good: Vec<_> = good.into_iter().chain([last]).collect();
    good.remove(0).await.unwrap().unwrap();
    assert_eq!(house.stored(&["a", "b", "c", "d"]).await, ["a", "b", "d"], "all of them, once one is told");
    for one in good {
        one.await.unwrap().unwrap();
    }
    bad.await.unwrap().unwrap();
    assert!(matches!(twice.await.unwrap(), Err(Error::Busy)), "a key is taken once");
}

#[tokio::test]
async fn nobody_is_told_before_it_is_stored() {
    let house = House::new().await;
    let first = house.joins().await;
    let (writer, finder) = (house.writes("a", true), house.finds("a"));
    house.waits(2).await;
    drop(first);
    let holds = house.joins().await;
    assert!(house.stored(&["a"]).await.is_empty(), "the batch is open");
    assert!(!writer.is_finished() && !finder.is_finished());
    // What the last one leaves behind is found at the commit, and takes everybody's with it.
    let broken =
        "PRAGMA defer_foreign_keys = ON; INSERT INTO sessions (hash, person_id, created_at, seen_at, expires_at)
                  VALUES ('x', 77, 0, 0, 0)";
    holds.transaction.execute_unprepared(broken).await.unwrap();
    let holder = tokio::spawn(async move { holds.commit().await });
    assert!(holder.await.unwrap().is_err());
    assert!(writer.await.unwrap().is_err(), "it is not acknowledged");
    assert!(finder.await.unwrap().is_err(), "and it was not seen");
    assert!(house.stored(&["a"]).await.is_empty());
    house.writes("a", true).await.unwrap().unwrap();
    assert!(house.finds("a").await.unwrap().unwrap(), "the next batch is as good as any");
}

#[tokio::test]
async fn a_batch_that_sqlite_gave_up_is_nobodys() {
    let house = House::new().await;
    let first = house.joins().await;
    let (writer, finder) = (house.writes("a", true), house.finds("a"));
    house.waits(2).await;
    drop(first);
    let holds = house.joins().await;
    // As it does by itself when the disk is full.
    holds.transaction.execute_unprepared("ROLLBACK").await.unwrap();
    drop(holds);
    assert!(writer.await.unwrap().is_err() && finder.await.unwrap().is_err());
    for name in ["a", "b"] {
        house.writes(name, true).await.unwrap().unwrap();
    }
    let keeps = house.joins().await;
    keeps.transaction.execute_unprepared("ROLLBACK").await.unwrap();
    assert!(keeps.commit().await.is_err(), "what is kept after that is not stored either");
    assert_eq!(house.stored(&["a", "b"]).await, ["a", "b"]);
}

#[tokio::test]
async fn who_does_not_wait_for_others_sees_only_what_is_stored() {
    let house = House::new().await;
    let first = house.joins().await;
    let writer = house.writes("a", true);
    house.waits(1).await;
    let alone = tokio::spawn({
        let db = house.db.clone();
        async move { db.desk().await }
    });
    house.waits(2).await;
    drop(first);
    let alone = alone.await.unwrap().unwrap();
    assert_eq!(house.stored(&["a"]).await, ["a"], "it was committed before the next one began");
    assert!(alone.transaction.sees_only_what_is_stored());
    drop(alone);
    writer.await.unwrap().unwrap();
}

#[tokio::test]
async fn who_hangs_up_leaves_nobody_waiting() {
    let house = House::new().await;
    let mut told = house.db.bus().listen();
    let first = house.joins().await;
    let (gone, stays) = (house.writes("a", true), house.writes("b", true));
    house.waits(2).await;
    drop(first);
    let holds = house.joins().await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    let nudge = Nudge { authority: 1, room: None, seq: 1 };
    let holder = tokio::spawn(holds.transaction.keep(vec![nudge]));
    stays.await.unwrap().unwrap();
    holder.await.unwrap().unwrap();
    assert_eq!(told.try_recv().unwrap(), crate::live::Signal::Room(nudge), "told by the time that it is answered");
    assert_eq!(house.stored(&["a", "b"]).await, ["a", "b"], "what was asked to be kept is kept");
    // Those who only look leave nothing open.
    house.finds("a").await.unwrap().unwrap();
    house.finds("a").abort();
    house.writes("c", true).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_batch_ends_however_many_come() {
    let house = House::new().await;
    let first = house.joins().await;
    let many: Vec<_> = (0..MOST + 10).map(|_| house.finds("a")).collect();
    house.waits(many.len()).await;
    let writer = house.writes("a", true);
    house.waits(many.len() + 1).await;
    drop(first);
    for one in many {
        assert!(!one.await.unwrap().unwrap());
    }
    writer.await.unwrap().unwrap();
}

/// What needs no answer is written before anything is read, in its order, and with the rest or not at all.
#[tokio::test]
async fn what_waits_is_written_before_it_could_be_missed() {
    let house = House::new().await;
    let put = |desk: &Desk, name: &str| {
        let row = row::Model { name: name.to_owned(), value: String::new() };
        desk.transaction.later(&row::Entity::insert(row.into_active_model()));
    };
    let names: Vec<String> = (0..20).map(|n| format!("row {n}")).collect();

    let desk = house.db.desk().await.unwrap();
    names.iter().for_each(|name| put(&desk, name));
    assert!(desk.find::<row::Entity>().filter(row::named("row 19")).one().await.unwrap().is_some(), "it is read");
    put(&desk, "one more");
    drop(desk);
    assert_eq!(house.stored(&["row 0", "row 19", "one more"]).await, [""; 0], "nobody has kept it");

    let desk = house.db.desk().await.unwrap();
    names.iter().for_each(|name| put(&desk, name));
    put(&desk, "row 3");
    assert!(matches!(desk.commit().await, Err(Error::Busy)), "one of them cannot be written");
    assert_eq!(house.stored(&["row 0", "row 3", "row 19"]).await, [""; 0], "so none is kept");

    let desk = house.db.desk().await.unwrap();
    names.iter().for_each(|name| put(&desk, name));
    desk.update::<row::Entity>(row::becomes("row 7", "changed")).await.unwrap();
    put(&desk, "one more");
    desk.commit().await.unwrap();
    assert_eq!(house.stored(&["row 0", "row 19", "one more"]).await.len(), 3);
    let system = Viewer::system("a test");
    let rows = house.db.read(&system).instance::<row::Entity>().filter(row::named("row 7")).all().await.unwrap();
    assert_eq!(rows.iter().map(|row| row.value.as_str()).collect::<Vec<_>>(), ["changed"]);
}

/// What `.cargo/config.toml` asks of the SQLite that is built in: without it every query with a limit is planned anew.
#[tokio::test]
async fn statements_are_planned_once() {
    let house = House::new().await;
    let ask = "SELECT sqlite_compileoption_used('ENABLE_QPSG') AS n";
    let asked = Statement::from_string(DbBackend::Sqlite, ask);
    let desk = house.db.desk().await.unwrap();
    let row = desk.transaction.query_one_raw(asked).await.unwrap().expect("an answer");
    assert_eq!(row.try_get::<i64>("", "n").unwrap(), 1, "build it in the project's folder");
}
