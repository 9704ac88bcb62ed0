package dev.gatehouse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.testing.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The search of the Maven wrapper for a JDK, run as a shell runs it. */
class WrapperTest {

  private static final long SECONDS_MAX = 60;

  @TempDir Path project;

  private record Result(int status, String output) {}

  /** Runs the search in a project for {@code release}, and prints what it found. */
  private Result search(int release, Map<String, String> environment) throws Exception {
    Path script = Files.createDirectories(project.resolve(".mvn")).resolve("find-jdk.sh");
    Files.copy(Folders.project(".mvn/find-jdk.sh"), script);
    Files.writeString(project.resolve("pom.xml"), "<java.release>" + release + "</java.release>\n");
    Path wrapper = project.resolve("mvnw");
    Files.writeString(
        wrapper, "set -euf\n. \"$(dirname \"$0\")/.mvn/find-jdk.sh\"\necho \"home=$JAVA_HOME\"\n");
    ProcessBuilder builder = new ProcessBuilder("sh", wrapper.toString()).redirectErrorStream(true);
    builder.environment().remove("JAVA_HOME");
    builder.environment().put("HOME", project.toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes());
    assertTrue(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS));
    return new Result(process.exitValue(), output);
  }

  /** A folder that looks like a JDK of that version. */
  private Path jdk(String name, String version) throws IOException {
    Path home = project.resolve(".sdkman/candidates/java/" + name);
    Path javac = Files.createDirectories(home.resolve("bin")).resolve("javac");
    Files.writeString(javac, "#!/bin/sh\n");
    assertTrue(javac.toFile().setExecutable(true));
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    return home;
  }

  @Test
  void search_noJdkNewEnough_saysWhatToInstall() throws Exception {
    Result result = search(997, Map.of());

    assertEquals(1, result.status());
    assertTrue(result.output().contains("needs a JDK 997 or newer, and none was found"));
    assertTrue(result.output().contains("sdk install java 997-tem"), result.output());
  }

  @Test
  void search_severalInSdkman_takesTheLowestThatSuffices() throws Exception {
    Path older = jdk("996-tem", "996.0.1");
    Path lowest = jdk("998-tem", "998.0.2");
    Path newer = jdk("999-tem", "999");

    Result result = search(997, Map.of("JAVA_HOME", older.toString()));

    assertEquals("home=" + lowest + "\n", result.output());
    assertTrue(Files.exists(newer));
  }

  @Test
  void search_javaHomeSuffices_isKept() throws Exception {
    Path lowest = jdk("998-tem", "998.0.2");
    Path named = jdk("999-tem", "999");

    Result result = search(997, Map.of("JAVA_HOME", named.toString()));

    assertEquals("home=" + named + "\n", result.output());
    assertTrue(Files.exists(lowest));
  }

  @Test
  void search_javaHomeIsNoJdk_saysSo() throws Exception {
    Result result = search(997, Map.of("JAVA_HOME", project.resolve("nothing").toString()));

    assertEquals(1, result.status());
    assertTrue(result.output().contains("which is no JDK"), result.output());
  }
}
