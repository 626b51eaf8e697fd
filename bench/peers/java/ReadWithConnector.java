import com.github.shyiko.mysql.binlog.BinaryLogClient;
import com.github.shyiko.mysql.binlog.event.DeleteRowsEventData;
import com.github.shyiko.mysql.binlog.event.Event;
import com.github.shyiko.mysql.binlog.event.EventData;
import com.github.shyiko.mysql.binlog.event.EventHeaderV4;
import com.github.shyiko.mysql.binlog.event.EventType;
import com.github.shyiko.mysql.binlog.event.UpdateRowsEventData;
import com.github.shyiko.mysql.binlog.event.WriteRowsEventData;
import com.github.shyiko.mysql.binlog.event.deserialization.EventDeserializer;

/** Decodes a range with mysql-binlog-connector-java and counts its rows; texts and JSON stay bytes. */
public final class ReadWithConnector {
  private static long rows = 0;

  public static void main(String[] args) throws Exception {
    PeerRange range = new PeerRange(args);
    BinaryLogClient client =
        new BinaryLogClient(
            range.text("host"), (int) range.number("port"), range.text("user"), range.text("password"));
    EventDeserializer deserializer = new EventDeserializer();
    deserializer.setCompatibilityMode(EventDeserializer.CompatibilityMode.CHAR_AND_BINARY_AS_BYTE_ARRAY);
    client.setEventDeserializer(deserializer);
    client.setServerId(3_000_000_000L + ProcessHandle.current().pid());
    client.setBinlogFilename(range.text("file"));
    client.setBinlogPosition(range.number("position"));
    client.setKeepAlive(false);
    client.registerEventListener(event -> take(event, client, range));
    client.connect();
  }

  private static void take(Event event, BinaryLogClient client, PeerRange range) {
    EventData data = event.getData();
    if (data instanceof WriteRowsEventData written) {
      rows += written.getRows().size();
    } else if (data instanceof UpdateRowsEventData updated) {
      rows += updated.getRows().size();
    } else if (data instanceof DeleteRowsEventData deleted) {
      rows += deleted.getRows().size();
    } else if (event.getHeader().getEventType() == EventType.XID) {
      EventHeaderV4 header = event.getHeader();
      boolean last = client.getBinlogFilename().equals(range.text("endFile"));
      if (!last || header.getNextPosition() < range.number("endPosition")) return;
      System.err.println("{\"rows\":" + rows + "}");
      Runtime.getRuntime().halt(0);
    }
  }
}
