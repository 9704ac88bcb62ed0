package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.VersionId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ResourceNamesTest {

  @Test
  void names_writtenAndRead_areTheSame() {
    assertEquals("m-1", ResourceNames.model("f", "models/m-1").value());
    ResourceNames.Version version = ResourceNames.version("f", "models/m/versions/2");
    assertEquals("models/m/versions/2", ResourceNames.of(version.model(), version.version()));
    assertEquals(new VersionId("2"), version.version());
    ResourceNames.Grant grant = ResourceNames.grant("f", "models/m/grants/g");
    assertEquals("models/m/grants/g", ResourceNames.ofGrant(grant.model(), grant.grant()));
    assertEquals("callers/c", ResourceNames.of(ResourceNames.caller("f", "callers/c")));
    assertEquals("models/m", ResourceNames.of(new ModelName("m")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "models",
        "models/",
        "models//",
        "/models/m",
        "models/m/",
        "models/m/versions",
        "models/m/versions/",
        "models/m/versions/1/",
        "models/m/versions/1/x",
        "models//versions/1",
        "models/M/versions/1",
        "models/m/version/1",
        "model/m/versions/1",
        "models/m/grants/1",
        "models/m\u0000/versions/1",
        "models/../versions/1",
        "models/%6d/versions/1"
      })
  void version_otherForms_areRefused(String name) {
    refused(() -> ResourceNames.version("name", name));
    if (!name.startsWith("models/m/grants")) {
      refused(() -> ResourceNames.grant("name", name));
    }
    refused(() -> ResourceNames.model("name", name));
    refused(() -> ResourceNames.caller("name", name));
  }

  @Test
  void version_ofManySlashes_isRefusedQuickly() {
    refused(() -> ResourceNames.version("name", "/".repeat(1_000_000)));
  }

  private static void refused(Executable read) {
    RefusedException refused = assertThrows(RefusedException.class, read);
    Refusal.ArgumentInvalid invalid =
        assertInstanceOf(Refusal.ArgumentInvalid.class, refused.refusal());
    assertEquals("name", invalid.violations().getFirst().field());
  }
}
