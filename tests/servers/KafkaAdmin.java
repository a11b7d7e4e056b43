// KafkaAdmin.java - topics and rights of the throw-away Kafka
//
// SPDX-License-Identifier: MIT
//
//   java -cp "$KAFKA_CLASSPATH" KafkaAdmin.java BROKER topic NAME [KEY=VALUE...]
//   java -cp "$KAFKA_CLASSPATH" KafkaAdmin.java BROKER allow TOPIC USER [OPERATION]
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.acl.*;
import org.apache.kafka.common.resource.*;

public class KafkaAdmin {
	public static void main(String[] words) throws Exception {
		try (Admin admin = Admin.create(Map.of("bootstrap.servers", (Object) words[0]))) {
			if (words[1].equals("topic")) {
				Map<String, String> settings = new HashMap<>();
				for (int i = 3; i < words.length; i++)
					settings.put(words[i].split("=")[0], words[i].split("=")[1]);
				admin.createTopics(List.of(new NewTopic(words[2], 2, (short) 1)
					.configs(settings))).all().get();
			} else {
				admin.createAcls(List.of(new AclBinding(
					new ResourcePattern(ResourceType.TOPIC, words[2], PatternType.LITERAL),
					new AccessControlEntry("User:" + words[3], "*",
						words.length > 4 ? AclOperation.fromString(words[4]) : AclOperation.WRITE,
						AclPermissionType.ALLOW)))).all().get();
			}
		}
	}
}
