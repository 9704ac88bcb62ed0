package dev.gatehouse.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import picocli.CommandLine.Option;

/** The options that name the live record. */
final class LiveStores {

  @Option(
      names = "--database",
      paramLabel = "JDBC_URL",
      required = true,
      description = "The database of the gateway, such as jdbc:postgresql://host/gatehouse.")
  private String database = "";

  @Option(
      names = "--database-user",
      paramLabel = "USER",
      description = "Who reads there; to select is all it needs.")
  private @Nullable String user;

  @Option(
      names = "--database-password-file",
      paramLabel = "FILE",
      description = "Holds the password; else it is taken from the environment, PGPASSWORD.")
  private @Nullable Path passwordFile;

  @Option(
      names = "--journals",
      paramLabel = "DIR",
      required = true,
      description = "A folder in which replicas keep their journals; may be given several times.")
  private List<Path> journals = List.of();

  /**
   * The folders of journals.
   *
   * @throws IOException if one is none: all its journals would be missing
   */
  List<Path> journals() throws IOException {
    for (Path folder : journals) {
      if (!Files.isDirectory(folder)) {
        throw new NotDirectoryException(folder.toString());
      }
    }
    return journals;
  }

  /** The database. */
  DataSource database() throws IOException {
    PGSimpleDataSource source = new PGSimpleDataSource();
    try {
      source.setUrl(database);
    } catch (IllegalArgumentException e) {
      throw new IOException("--database is no URL of PostgreSQL", e);
    }
    if (user != null) {
      source.setUser(user);
    }
    String password =
        passwordFile == null ? System.getenv("PGPASSWORD") : KeyTexts.file(passwordFile);
    if (password != null) {
      source.setPassword(password);
    }
    source.setApplicationName("gatehouse audit");
    return source;
  }
}
