//! A test as its own victim: it runs itself again as a child that works and says what it has done, and
//! kills that with SIGKILL at any instant.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The child of a test.
pub(crate) struct Victim {
    /// The module of the test, as `module_path!` gives it.
    pub(crate) module: &'static str,
    /// The name of the test.
    pub(crate) test: &'static str,
    /// The environment variable that tells the child that it is one, and where to work.
    pub(crate) variable: &'static str,
    /// The word before each number that the child says.
    pub(crate) word: &'static str,
    /// How many numbers are waited for at most.
    pub(crate) most: u64,
}

impl Victim {
    /// Lets a child work for a while, kills it, and returns the last number that it said.
    pub(crate) fn run_and_kill(&self, dir: &Path, dice: &mut Dice) -> u64 {
        let mut child = self.start(dir);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut numbers = lines.filter_map(|line| {
            let line = line.unwrap();
            line.strip_prefix(self.word)?.trim().parse().ok()
        });
        let mut last = 0;
        for _ in 0..=dice.roll(self.most) {
            last = numbers.next().expect("the child works until it is killed");
        }
        for _ in 0..dice.roll(200_000) {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it said between the last line read and its death.
        numbers.last().unwrap_or(last)
    }

    fn start(&self, dir: &Path) -> Child {
        let (_, module) = self.module.split_once("::").unwrap();
        Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                &format!("{module}::{}", self.test),
                "--nocapture",
            ])
            .env(self.variable, dir)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }
}

/// xorshift64: where the kills fall differs enough, and the sequence is always the same.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}
