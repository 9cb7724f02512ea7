"""What has to be true on the day strangers come."""
