package dev.gatehouse.cli;

import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
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
              command.getErr().println("gatehouse: " + message(failure));
              return FAILED;
            })
        .execute(arguments);
  }

  /** What went wrong; the message of a fault of the file system may be no more than a path. */
  private static String message(Exception failure) {
    String message = String.valueOf(failure.getMessage());
    return switch (failure) {
      case NoSuchFileException ignored -> message + ": no such file or folder";
      case NotDirectoryException ignored -> message + ": not a folder";
      case FileAlreadyExistsException ignored -> message + ": there already";
      case AccessDeniedException ignored -> message + ": permission denied";
      default -> failure.getMessage() == null ? failure.toString() : message;
    };
  }
}
