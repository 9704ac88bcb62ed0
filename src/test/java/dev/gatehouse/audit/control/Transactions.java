package dev.gatehouse.audit.control;

import com.arjuna.ats.arjuna.common.ObjectStoreEnvironmentBean;
import com.arjuna.ats.internal.arjuna.objectstore.VolatileStore;
import com.arjuna.ats.internal.jta.transaction.arjunacore.TransactionSynchronizationRegistryImple;
import com.arjuna.common.internal.util.propertyservice.BeanPopulator;
import dev.gatehouse.testing.PostgresServer;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import io.agroal.narayana.NarayanaTransactionIntegration;
import jakarta.transaction.TransactionManager;
import java.sql.SQLException;
import java.time.Duration;

/** A pool of connections that join the transactions of the manager which the gateway has too. */
public record Transactions(AgroalDataSource database, TransactionManager manager)
    implements AutoCloseable {

  private static final int CONNECTIONS_MAX = 12;

  /** What is done in a transaction. */
  public interface Work {
    void run() throws Exception;
  }

  /** A pool on that database. */
  public static Transactions on(PostgresServer.Database where) throws SQLException {
    for (String store : new String[] {"default", "stateStore", "communicationStore"}) {
      BeanPopulator.getNamedInstance(ObjectStoreEnvironmentBean.class, store)
          .setObjectStoreType(VolatileStore.class.getName());
    }
    TransactionManager manager = com.arjuna.ats.jta.TransactionManager.transactionManager();
    NarayanaTransactionIntegration joining =
        new NarayanaTransactionIntegration(manager, new TransactionSynchronizationRegistryImple());
    return new Transactions(
        AgroalDataSource.from(
            new AgroalDataSourceConfigurationSupplier()
                .connectionPoolConfiguration(
                    pool ->
                        pool.maxSize(CONNECTIONS_MAX)
                            .acquisitionTimeout(Duration.ofSeconds(5))
                            .transactionIntegration(joining)
                            .connectionFactoryConfiguration(
                                factory ->
                                    factory
                                        .jdbcUrl(where.jdbcUrl())
                                        .principal(new NamePrincipal(where.user()))
                                        .credential(new SimplePassword(where.password()))))),
        manager);
  }

  /** Runs {@code work} in a transaction, which is rolled back if it throws. */
  public void in(Work work) throws Exception {
    manager.begin();
    boolean done = false;
    try {
      work.run();
      done = true;
    } finally {
      if (done) {
        manager.commit();
      } else {
        manager.rollback();
      }
    }
  }

  @Override
  public void close() {
    database.close();
  }
}
