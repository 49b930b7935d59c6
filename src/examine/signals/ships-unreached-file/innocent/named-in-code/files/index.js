const t = fs.readFileSync(path.join(__dirname, 'table.dat'));
