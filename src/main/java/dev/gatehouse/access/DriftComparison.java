package dev.gatehouse.access;

import dev.gatehouse.access.IdentityDrift.Kind;
import dev.gatehouse.core.CallerId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Compares registered callers with the clients that were made for them. */
final class DriftComparison {

  /** For so long, a caller whose client is being made is not compared. */
  static final Duration MAKING_MAX = Duration.ofMinutes(2);

  private final String audience;
  private final Function<IdentityClient, Optional<TokenPreview>> preview;
  private final List<IdentityDrift> drifts = new ArrayList<>();

  private DriftComparison(
      String audience, Function<IdentityClient, Optional<TokenPreview>> preview) {
    this.audience = audience;
    this.preview = preview;
  }

  /**
   * The differences, by client and kind.
   *
   * @param registered all callers with a client
   * @param withoutClients those of them whose clients are disabled with a quarantine
   * @param clients all clients, those of others too
   * @param audience what tokens must name
   * @param preview what tokens of a client say
   */
  static List<IdentityDrift> compare(
      Collection<RegisteredCaller> registered,
      Set<CallerId> withoutClients,
      Collection<IdentityClient> clients,
      String audience,
      Function<IdentityClient, Optional<TokenPreview>> preview,
      Instant now) {
    DriftComparison comparison = new DriftComparison(audience, preview);
    Map<String, IdentityClient> ours = new HashMap<>();
    for (IdentityClient client : clients) {
      if (!client.caller().isEmpty()) {
        ours.put(client.clientId(), client);
      }
    }
    for (RegisteredCaller caller : registered) {
      IdentityClient client = ours.remove(caller.clientId());
      boolean making =
          caller.subject().isEmpty() && caller.createTime().plus(MAKING_MAX).isAfter(now);
      if (!making) {
        boolean enabled =
            caller.standing() == Standing.ACTIVE && !withoutClients.contains(caller.id());
        comparison.compare(caller, client, enabled);
      }
    }
    ours.values().forEach(client -> comparison.found(Kind.CLIENT_UNREGISTERED, "", client));
    return comparison.drifts.stream()
        .sorted(Comparator.comparing(IdentityDrift::clientId).thenComparing(IdentityDrift::kind))
        .toList();
  }

  private void compare(RegisteredCaller caller, @Nullable IdentityClient client, boolean enabled) {
    String id = caller.id().value();
    if (client == null || !client.caller().equals(id)) {
      drifts.add(new IdentityDrift(Kind.CLIENT_MISSING, id, caller.clientId()));
      if (client != null) {
        found(Kind.CLIENT_UNREGISTERED, "", client);
      }
      return;
    }
    if (enabled && !client.enabled()) {
      found(Kind.CLIENT_DISABLED, id, client);
    }
    if (!enabled && client.enabled()) {
      found(Kind.CLIENT_ENABLED, id, client);
    }
    compareTokens(caller, client);
  }

  private void compareTokens(RegisteredCaller caller, IdentityClient client) {
    String id = caller.id().value();
    Optional<TokenPreview> tokens = preview.apply(client);
    if (tokens.isEmpty() || !tokens.get().subject().equals(caller.subject())) {
      found(Kind.SUBJECT_DIFFERS, id, client);
    }
    if (tokens.isEmpty()) {
      return;
    }
    if (!tokens.get().audiences().contains(audience)) {
      found(Kind.AUDIENCE_MISSING, id, client);
    }
    if (!tokens.get().roles().equals(caller.roles())) {
      found(Kind.ROLES_DIFFER, id, client);
    }
  }

  private void found(Kind kind, String caller, IdentityClient client) {
    drifts.add(new IdentityDrift(kind, caller, client.clientId()));
  }
}
