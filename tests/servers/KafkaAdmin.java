// KafkaAdmin.java - topics, rights and offsets of the throw-away Kafka
//
// SPDX-License-Identifier: MIT
//
//   java -cp "$KAFKA_CLASSPATH" KafkaAdmin.java BROKER topic NAME [KEY=VALUE...]
//   java -cp "$KAFKA_CLASSPATH" KafkaAdmin.java BROKER allow TOPIC USER [OPERATION]
//   java -cp "$KAFKA_CLASSPATH" KafkaAdmin.java BROKER offsets GROUP
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
			} else if (words[1].equals("offsets")) {
				admin.listConsumerGroupOffsets(words[2]).partitionsToOffsetAndMetadata().get()
					.forEach((partition, offset) -> System.out.println(
						partition.partition() + " " + offset.offset()));
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
