package dev.gatehouse.cli;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line's entry. */
@Command(
    name = "gatehouse",
    description = "Works on a Gatehouse from outside.",
    mixinStandardHelpOptions = true,
    subcommands = AuditCommand.class)
public final class Gatehouse {

  /** All is well. */
  static final int OK = 0;

  /** Something is wrong with the record. */
  static final int FOUND = 1;

  /** The command could not be carried out. */
  static final int FAILED = 2;

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    System.exit(
        run(new PrintWriter(System.out, true), new PrintWriter(System.err, true), arguments));
  }

  /** Runs a command, and returns its exit code. */
  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    try {
      return execute(out, err, arguments);
    } catch (Error e) {
      // Ending the process with 1 would say that the record is damaged.
      err.println("gatehouse: " + e);
      return FAILED;
    }
  }

  private static int execute(PrintWriter out, PrintWriter err, String... arguments) {
    return new CommandLine(new Gatehouse())
        .setOut(out)
        .setErr(err)
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              String message = failure.getMessage();
              command
                  .getErr()
                  .println("gatehouse: " + (message == null ? failure.toString() : message));
              return FAILED;
            })
        .execute(arguments);
  }
}
