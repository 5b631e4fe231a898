"""What the points folder keeps in the app table. Key prefixes: ACTIVITY#, ACTIVITYNO#, CHECKIN#, OPEN#,
TODO#, TRIES#, SHEETS, ASSESSMENT#, HOURS#."""
