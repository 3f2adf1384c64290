"""What people and customers are told: notices inside the system, mail as rows of the outbox."""
