require(`@fixture/${process.platform}`);
