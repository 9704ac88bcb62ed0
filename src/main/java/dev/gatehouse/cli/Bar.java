package dev.gatehouse.cli;

import dev.gatehouse.audit.Progress;
import java.io.Console;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A progress bar on the terminal; nothing where there is none. For one thread. */
final class Bar implements Progress, AutoCloseable {

  private final @Nullable ProgressBar bar;
  private String task = "";

  /** Begins one. */
  Bar() {
    Console console = System.console();
    this.bar =
        console != null && console.isTerminal()
            ? new ProgressBarBuilder()
                .setTaskName("entries")
                .setInitialMax(-1)
                .setStyle(ProgressBarStyle.ASCII)
                .showSpeed()
                .build()
            : null;
  }

  @Override
  public void advanced(String what, long entries) {
    if (bar != null) {
      if (!what.equals(task)) {
        task = what;
        ProgressBar unused = bar.setExtraMessage(what);
      }
      ProgressBar unused = bar.stepBy(entries);
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
