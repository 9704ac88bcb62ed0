package dev.gatehouse.testing;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/** Programs that the machine may have, but need not. */
final class OnPath {

  private static final Pattern SEPARATOR = Pattern.compile(Pattern.quote(File.pathSeparator));

  private OnPath() {}

  /** Where the program of that name is, if the PATH leads to it. */
  static Optional<Path> find(String name) {
    String path = System.getenv("PATH");
    return SEPARATOR
        .splitAsStream(path == null ? "" : path)
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
