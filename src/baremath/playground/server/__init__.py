"""The server of the playground: sessions that train, and the pages' questions answered."""
