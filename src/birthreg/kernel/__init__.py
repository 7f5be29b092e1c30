"""What every room stands on: transactions, named SQL, errors, language, time. It knows no room."""
