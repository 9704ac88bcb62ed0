package dev.gatehouse;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** Compiles one Java source against the classpath of the tests. */
final class SourceCompiler {

  private SourceCompiler() {}

  /**
   * The classes of {@code source}.
   *
   * @param folder where source and classes go; made if it is not there
   * @throws AssertionError with the compiler's words if it does not compile
   */
  static JavaClasses compile(String source, Path folder) throws IOException {
    Path file = Files.createDirectories(folder.resolve("source")).resolve(fileName(source));
    Files.writeString(file, source);
    Path classes = Files.createDirectories(folder.resolve("classes"));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    boolean compiled =
        compiler
            .getTask(
                messages,
                null,
                null,
                List.of("-proc:none", "-nowarn", "-cp", classpath(), "-d", classes.toString()),
                null,
                compiler.getStandardFileManager(null, null, null).getJavaFileObjects(file))
            .call();
    assertTrue(compiled, messages.toString());
    return new ClassFileImporter().importPath(classes);
  }

  /** The file is named after the first type. */
  private static String fileName(String source) {
    return Stream.of(source.split("\\W+", -1))
        .dropWhile(word -> !word.equals("class") && !word.equals("interface"))
        .skip(1)
        .findFirst()
        .map(name -> name + ".java")
        .orElse("package-info.java");
  }

  /** Surefire hands its classpath over in a property, as its own is one jar of references. */
  private static String classpath() {
    return System.getProperty(
        "surefire.test.class.path", System.getProperty("java.class.path", ""));
  }
}
