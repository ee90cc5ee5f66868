// SPDX-License-Identifier: GPL-2.0
/* A store of values, read and replaced by Zipf's law. */
import java.util.HashMap;
import java.util.Random;

class Store {
	static final int KEYS = 400000, BYTES = 1000, REQUESTS = 300000, EPOCHS = 20;
	static int checked;

	static byte[] value(int key) {
		byte[] bytes = new byte[BYTES];

		bytes[0] = (byte)key;
		return bytes;
	}

	static void epoch(HashMap<Integer, byte[]> map, Random random) {
		for (int i = 0; i < REQUESTS; i++) {
			long rank = (long)Math.exp(random.nextDouble() * Math.log(KEYS));
			int key = (int)(rank * 7368787L % KEYS);
			byte[] bytes = map.get(key);

			if (bytes[0] != (byte)key)
				throw new IllegalStateException();
			for (int j = 0; j < BYTES; j += 64)
				checked += bytes[j];
			if (random.nextInt(10) == 0)
				map.put(key, value(key));
		}
	}

	public static void main(String[] words) {
		HashMap<Integer, byte[]> map = new HashMap<>();
		Random random = new Random(Long.parseLong(words[0]));

		for (int key = 0; key < KEYS; key++)
			map.put(key, value(key));
		System.out.println("filled");
		for (int epoch = 0; epoch < EPOCHS; epoch++) {
			epoch(map, random);
			System.out.println("epoch " + checked);
		}
		for (;;)
			epoch(map, random);
	}
}
