//! The process of the demo's devices: ends when this one does, however that ends.

use std::process::Stdio;

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::cli::Global;
use crate::devices::Listening;
use crate::state_dir::StateDir;

/// The devices' process.
pub(super) struct Devices {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// The devices live until this is closed.
    _lifeline: Option<ChildStdin>,
}

impl Devices {
    /// Switches the devices on; they log as this process does.
    pub(super) fn start(dir: &StateDir, speed: f64, global: &Global) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("find the program itself")?;
        let format = global.log_format.unwrap_or_default();
        let mut child = Command::new(program)
            .arg("virtual-home")
            .args(["--log-format", format.word()])
            .arg("--dir")
            .arg(dir.devices())
            .args(["--speed", &speed.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl+C is for the hub: its devices go when it goes.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .context("start the process of the devices")?;
        let stdout = child.stdout.take().context("read from the devices")?;
        let lifeline = child.stdin.take();
        Ok(Self {
            child,
            lines: BufReader::new(stdout).lines(),
            _lifeline: lifeline,
        })
    }

    /// All devices, when all listen.
    pub(super) async fn listening(&mut self) -> anyhow::Result<Vec<Listening>> {
        let mut devices = Vec::new();
        while let Some(line) = self
            .lines
            .next_line()
            .await
            .context("read from the devices")?
        {
            if line == "{}" {
                return Ok(devices);
            }
            devices.push(serde_json::from_str(&line).context("understand the devices")?);
        }
        bail!("the devices did not start; see above")
    }

    /// Waits for the process to end, which it should not by itself.
    pub(super) async fn ended(mut self) -> anyhow::Result<()> {
        let status = self.child.wait().await.context("wait for the devices")?;
        bail!("the devices ended ({status})")
    }
}
