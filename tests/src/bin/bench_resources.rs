//! What the operator and the API take, for the table in the chart's README: so many workspaces with a pod each → until
//! all are located → at rest, then while the API is asked.

use std::time::{Duration, Instant};

use anyhow::Result;
use beffroi_tests::{
    Stage,
    multitude::{self, SITE},
    task::Task,
};
use clap::Parser;

/// Measures memory and processor time, as rows of a table in Markdown.
#[derive(Parser)]
struct Options {
    /// Numbers of workspaces, from small to large.
    #[arg(long, value_delimiter = ',', default_value = "20,1000")]
    workspaces: Vec<usize>,
    /// Seconds of rest, and of questions, that are measured.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

/// People who read a list at the same time, each again as soon as they have it.
const READERS: usize = 4;

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let time = Duration::from_secs(options.seconds);
    let mut stage = Stage::start(&[SITE]).await?;
    let (operator, api) = (stage.scene.operator()?.task()?, stage.api.task()?);
    println!(
        "| workspaces | program | memory at rest | most so far | CPU at rest | CPU while they came | CPU while asked |"
    );
    println!("|---|---|---|---|---|---|---|");
    let mut there = Vec::new();
    for count in options.workspaces {
        let (coming, asked, kept) = (Load::new(&operator, &api)?, there.len(), &mut stage.scene);
        let members = multitude::gather(kept, count).await?;
        multitude::run_pods(kept, &members[asked.min(members.len())..]).await?;
        multitude::until_located(kept).await?;
        let coming = coming.end(&operator, &api)?;
        there = members;

        tokio::time::sleep(Duration::from_secs(20)).await;
        let rest = Load::new(&operator, &api)?;
        tokio::time::sleep(time).await;
        let rest = rest.end(&operator, &api)?;
        let memory = [operator.memory()?, api.memory()?];

        let asked = Load::new(&operator, &api)?;
        let answers = ask(&stage, time).await?;
        let asked = asked.end(&operator, &api)?;
        let peak = [operator.peak()?, api.peak()?];
        for (index, program) in ["operator", "API"].into_iter().enumerate() {
            println!(
                "| {count} | {program} | {:.0} MiB | {:.0} MiB | {:.0} m | {:.0} m | {:.0} m |",
                mib(memory[index]),
                mib(peak[index]),
                rest[index],
                coming[index],
                asked[index],
            );
        }
        println!(
            "<!-- {count}: {READERS} readers of 100 workspaces had {answers} answers in {} s -->",
            time.as_secs()
        );
    }
    stage.scene.fleet.stop();
    Ok(())
}

/// Reads the list of workspaces again and again; how many answers came.
async fn ask(stage: &Stage, time: Duration) -> Result<usize> {
    let token = stage.hoster().await?;
    let until = Instant::now() + time;
    let reader = async || -> Result<usize> {
        let mut answers = 0;
        while Instant::now() < until {
            stage.api.read(&token, "/v1/workspaces?limit=100").await?;
            answers += 1;
            // Somebody who reads takes a moment.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(answers)
    };
    let all = futures::future::try_join_all((0..READERS).map(|_| reader())).await?;
    Ok(all.into_iter().sum())
}

/// Processor time of both programs since a moment.
struct Load {
    since: Instant,
    spent: [f64; 2],
}

impl Load {
    fn new(operator: &Task, api: &Task) -> Result<Self> {
        Ok(Self { since: Instant::now(), spent: [operator.processor()?, api.processor()?] })
    }

    /// Thousandths of a core that each took.
    fn end(self, operator: &Task, api: &Task) -> Result<[f64; 2]> {
        let time = self.since.elapsed().as_secs_f64();
        let share = |now: f64, before: f64| (now - before) / time * 1000.0;
        Ok([share(operator.processor()?, self.spent[0]), share(api.processor()?, self.spent[1])])
    }
}

#[allow(clippy::cast_precision_loss)]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}
